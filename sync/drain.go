package antientropy

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// drain is one pass over a snapshot, in key order, that sends what the peer
// lacks of it. It is built frame by frame as the window opens, and holds at
// most one large frame of documents.
type drain struct {
	view   View
	mine   crdt.Knowledge
	opened time.Time
	pos    string // keys before it are done
	ended  bool   // the last frame reached the end of the key space
	keys   []string
	more   bool // there are candidates behind keys
	loaded []Document
	asked  bool

	due     []crdt.ReplicaID // whose signed heads go ahead
	counted bool             // due was set
	waits   bool             // for the peer to say which of them it holds

	forgotten  crdt.Knowledge
	comparison *comparison // of the keys from pos on, or nil
	passed     []KeyRange  // of which nothing is said, see passOver

	shared *shared // it is one of several that feed the peer, or nil
	rest   Count   // of a shared one: documents that the peer lacked when it last went elsewhere, less what was sent since

	reduces func(key string) bool // the peer takes this document reduced
	reduced map[string]bool       // keys of loaded ones that are
}

// left is how many documents are still to come in this pass.
func (d *drain) left() Count {
	if d.shared != nil {
		return max(d.rest, Count(len(d.loaded)))
	}
	if n := Count(len(d.loaded) + len(d.keys)); !d.more && n <= CountLimit {
		return n
	}
	return CountMany
}

// next builds the next frame, nil when the pass is over. A frame lies within
// one range of either side.
func (d *drain) next(known crdt.Knowledge, l Limits) (*Frame, error) {
	from, to, base, vector, ok := d.span(known)
	if !ok {
		return nil, nil
	}
	f := &Frame{From: from, Base: base, Vector: vector}
	to, f.Forgotten = d.forgottenFrom(from, to)
	if m := d.comparison; m != nil && m.done && m.from <= from && before(from, m.to) {
		to, f.comparison = firstEnd(to, m.to), m.number
	}
	d.skip(from)
	n, whole, err := d.load(known, from, to, base, l)
	if err != nil {
		return nil, err
	}
	if err := d.view.Confirm(); err != nil {
		return nil, failed("look whether all that the peer lacks is there", err)
	}
	f.To = to
	if !whole {
		n = d.cut(n, l.Frame)
		f.To = d.loaded[n-1].Key + "\x00"
	}
	f.Documents = d.loaded[:n:n]
	d.loaded = d.loaded[n:]
	if d.rest <= CountLimit {
		d.rest = max(0, d.rest-Count(n))
	}
	d.pos, d.ended = f.To, f.To == ""
	return f, nil
}

// span finds the first run of keys, not done yet, of which the peer does not
// know what is known here.
func (d *drain) span(known crdt.Knowledge) (from, to string, base, vector crdt.VersionVector, ok bool) {
	if d.ended {
		return
	}
	crdt.Overlay(d.mine, d.over(known), func(f, t string, mine, theirs crdt.VersionVector) {
		if ok || t != "" && t <= d.pos || theirs.Covers(mine) {
			return
		}
		from, to, base, vector, ok = max(f, d.pos), t, least(theirs, mine), mine, true
	})
	return
}

// skip forgets candidates before from: the peer has come to know them.
func (d *drain) skip(from string) {
	for len(d.loaded) > 0 && d.loaded[0].Key < from {
		d.loaded = d.loaded[1:]
	}
	for len(d.keys) > 0 && d.keys[0] < from {
		d.keys = d.keys[1:]
	}
	d.comparison.skip(from)
	d.pos = from
}

// load reads candidates of [from, to) until all are there (whole) or there
// are enough for a frame. It returns how many of d.loaded lie in the range.
func (d *drain) load(known crdt.Knowledge, from, to string, base crdt.VersionVector, l Limits) (n int, whole bool, err error) {
	size := 0
	for n < len(d.loaded) && before(d.loaded[n].Key, to) {
		size += d.loaded[n].size()
		n++
	}
	if n < len(d.loaded) {
		return n, size <= l.Whole, nil
	}
	for {
		key, ok, err := d.peek(known)
		if err != nil {
			return 0, false, err
		}
		if !ok || !before(key, to) {
			return n, size <= l.Whole || n == 1, nil
		}
		if n >= l.Documents || size > l.Whole {
			return n, false, nil
		}
		named := d.take(key)
		doc, err := d.read(key, base, named)
		if err != nil {
			return 0, false, err
		}
		if !named && covered(base, doc.Heads) { // the peer got it from elsewhere in the meantime
			continue
		}
		d.loaded = append(d.loaded, doc)
		size += doc.size()
		n++
	}
}

// read reads a document for a peer that holds base of its key: reduced if the
// peer takes it so and that saves something, whole if the peer has named it.
func (d *drain) read(key string, base crdt.VersionVector, whole bool) (Document, error) {
	read := func() (Record, error) { return d.view.Record(key) }
	if base.Len() > 0 && !whole && d.reduces(key) {
		read = func() (Record, error) { return d.view.Delta(key, base) }
	}
	r, err := read()
	if err != nil {
		return Document{}, failed("read "+key, err)
	}
	if r.Reduced {
		if d.reduced == nil {
			d.reduced = map[string]bool{}
		}
		d.reduced[key] = true
	}
	return Document{Key: key, Heads: r.Heads, Body: r.Body}, nil
}

// sent forgets which documents of a frame are reduced, and lists them.
func (d *drain) sent(f Frame) (reduced []string) {
	for _, doc := range f.Documents {
		if d.reduced[doc.Key] {
			delete(d.reduced, doc.Key)
			reduced = append(reduced, doc.Key)
		}
	}
	return reduced
}

// peek returns the next candidate that is not loaded yet.
func (d *drain) peek(known crdt.Knowledge) (key string, ok bool, err error) {
	if len(d.keys) == 0 && (d.more || !d.asked) {
		from := d.pos
		if n := len(d.loaded); n > 0 {
			from = d.loaded[n-1].Key + "\x00"
		}
		d.asked = true
		d.keys, d.more, err = d.view.Candidates(known, from, int(CountMany))
		if err != nil {
			return "", false, failed("list what the peer lacks", err)
		}
		if err := d.countRest(known); err != nil {
			return "", false, err
		}
	}
	key, ok = d.comparison.first()
	if len(d.keys) > 0 && (!ok || d.keys[0] < key) {
		return d.keys[0], true, nil
	}
	return key, ok, nil
}

// cut counts how many of the first n documents fill a frame; at least one.
func (d *drain) cut(n, most int) int {
	size := 0
	for i, doc := range d.loaded[:n] {
		if size += doc.size(); size > most && i > 0 {
			return i
		}
	}
	return n
}

// size is about what a document takes in a frame.
func (d Document) size() int { return len(d.Key) + len(d.Body) + 4*len(d.Heads) + 6 }

func before(key, to string) bool { return to == "" || key < to }
