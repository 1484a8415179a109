package schedule

import (
	"bytes"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// mostMends is how often two contents of a document are made one before it is taken
// for a repair without end.
const mostMends = 60

// raw is all that a store keeps of a document.
type raw map[string][]byte

// kept reads all that is kept of a document.
func kept(r storage.Reader, a address) raw {
	all := raw{}
	for item := range r.Scan(storage.ScanOptions{Start: []byte("i" + a.collection + "\x00"), End: []byte("i" + a.collection + "\x01")}) {
		if names(item.Value, a.key) {
			all[string(item.Key)] = slices.Clone(item.Value)
		}
	}
	for _, space := range []string{"d", "x"} {
		at := space + a.collection + "\x00" + a.key
		if v, err := r.Get([]byte(at)); err == nil {
			all[at] = slices.Clone(v)
		}
	}
	parts := "p" + a.collection + "\x00" + a.key
	for item := range r.Scan(storage.ScanOptions{Start: []byte(parts + "\x00"), End: []byte(parts + "\x01")}) {
		all[string(item.Key)] = slices.Clone(item.Value)
	}
	return all
}

// names reports whether an entry of the index is of a document: behind its key may stand how many heads it has.
func names(entry []byte, key string) bool {
	named, _, _ := bytes.Cut(entry, []byte{0xff})
	return string(named) == key
}

// diverge makes a document of a peer one that it was earlier, with all that is kept
// of it, so that nothing there contradicts anything else but the sum of the index:
// that, or a comparison with others, shows it. Who has it is told so by whoever asks until then,
// so of that document it is only checked that all come to hold the same.
func (w *world) diverge() {
	p := w.someone()
	a := address{pick(w.luck, w.collections), pick(w.luck, w.keys)}
	if !p.holds(a.key) || len(p.rotten) > 0 || p.unaware() {
		return
	}
	p.calm()
	went := false
	err := p.memory.Update(func(tx storage.Tx) error {
		now := kept(tx, a)
		if rec, err := p.docs.Get(a.collection, a.key); err != nil || !rec.Exists() {
			return err
		}
		if was := p.whole[a]; was == nil || len(now) == 0 || len(w.loose) > 0 {
			if p.whole == nil {
				p.whole = map[address]raw{}
			}
			p.whole[a] = now
			return nil
		}
		w.loose[a], went = true, true
		w.tally["documents that went back"]++
		w.tell("%s of %s is an earlier one", a, p)
		for at := range now {
			if err := tx.Delete([]byte(at)); err != nil {
				return err
			}
		}
		for at, v := range p.whole[a] {
			if err := tx.Set([]byte(at), v); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.fail("diverge: %v", err)
	}
	if went {
		p.rotten, p.marred = map[address]harm{a: wentBack}, true
	}
}

// do leaves something for later, beside the session.
func (e *end) do(task func()) {
	session := e.session
	e.tasks = append(e.tasks, func() {
		if e.session == session && e.link.up {
			task()
		}
	})
}

// doOne does the first of them.
func (e *end) doOne() {
	task := e.tasks[0]
	e.tasks = e.tasks[1:]
	task()
}

// diverged looks for the reason why two that know the same hold different content.
func (e *end) diverged(o antientropy.Diverged) {
	p := e.peer
	if p.lookInto(o.Collection, o.Keys) && p.name < e.other().peer.name {
		e.step(antientropy.Ask{Collection: o.Collection, Keys: o.Keys})
	}
}

// lookInto heals what is damaged of some documents; it reports whether all are
// what was written.
func (p *peer) lookInto(coll string, keys []string) bool {
	found, err := p.docs.VerifyKeys(coll, keys)
	if err != nil {
		p.w.fail("verify %v of %s at %s: %v", keys, coll, p, err)
	}
	if len(found) > 0 {
		p.scrub()
	}
	return storage.Kept(found)
}

// told makes one of what is here and what the peer has told.
func (e *end) told(o antientropy.Told) {
	p, w := e.peer, e.link.w
	if e.link.foul {
		return
	}
	for _, d := range o.Documents {
		if w.mends++; w.mends > mostMends {
			w.fail("%s/%s is repaired again and again", o.Collection, d.Key)
		}
		w.tally["documents repaired"]++
		theirs, err := crdt.Decode(d.Body)
		if err != nil {
			w.fail("%s tells %s what is no document: %v", e.other().peer, p, err)
		}
		err = p.docs.Update(func(b *storage.Batch) error {
			rec, err := b.Get(o.Collection, d.Key)
			if err != nil || !slices.Equal(rec.Heads, d.Mine.Heads) || rec.Digest() != d.Mine.Digest && rec.Exists() {
				return err
			}
			seen := b.Seen(o.Collection, d.Key)
			if slices.ContainsFunc(d.Heads, func(h crdt.Dot) bool { return !seen.Has(h) }) {
				return nil
			}
			if err := theirs.Check(seen); err != nil {
				return err
			}
			mine, err := crdt.Decode(rec.Body)
			if err != nil {
				return err
			}
			wr := b.Begin(o.Collection, p.hlc.Next(p.now()))
			union, changed, err := crdt.Repair(wr, crdt.State{Document: mine, Heads: rec.Heads, Context: seen}, crdt.State{Document: theirs, Heads: d.Heads})
			if err != nil || !changed {
				return err
			}
			head, _ := wr.Last()
			return b.Write(o.Collection, wr, []storage.Written{{Key: d.Key, Document: union, Head: head}})
		})
		if err != nil && !errors.Is(err, errInjected) && !errors.Is(err, errFull) {
			w.fail("repair %s/%s at %s: %v", o.Collection, d.Key, p, err)
		}
		p.changedAll(o.Collection)
	}
	w.inspect(p)
}
