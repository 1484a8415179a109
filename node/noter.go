package node

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// noteEvery is how often the watermark is written while changes are made: what
// the note lags behind is what a store can lose without being noticed at its start.
const noteEvery = 30 * time.Second

// noter compares the store with what is noted beside it, when it is opened, and
// keeps the note. It belongs to a node with a directory.
type noter struct {
	dir   string
	boot  [16]byte
	mark  watermark  // as written last
	past  *watermark // as it was found; nil: none, or not readable
	found verdict
	// unclean says that the store was not closed when it was last in use.
	unclean bool
}

// newNoter reads the note of a data directory.
func newNoter(dir string) *noter {
	t := &noter{dir: dir}
	rand.Read(t.boot[:])
	return t
}

// check compares, before anything is written, and notes that the store is in use.
// A store that is to take a new incarnation is noted only when it has: should that
// be cut short, the next start finds the same.
func (t *noter) check(past storage.Past) (storage.Opening, error) {
	w, damage := loadWatermark(t.dir)
	t.past, t.unclean = w, past.Unclean
	place := placeOf(t.dir)
	all, err := asides(t.dir)
	if err != nil {
		return storage.Opening{}, err
	}
	at := place
	if w != nil && replacedAt(place, w.Place, all) {
		at = w.Place
	}
	if t.found, err = compare(w, damage, past, at, w != nil && w.copied(t.dir)); err != nil {
		return storage.Opening{}, err
	}
	t.mark = watermark{Boot: t.boot, Before: past.Boot, Place: place, Replica: past.Current, Clock: past.HighWater}
	if t.found.renew != "" {
		return storage.Opening{Restored: true, Boot: t.boot}, nil
	}
	if w != nil && w.Replica == past.Current {
		t.mark.Collections = maps.Clone(w.Collections)
	}
	if err := t.mark.save(t.dir); err != nil { // a full disk is still good for reading
		t.found.find(Watermark, "", "cannot be written: "+err.Error())
		return storage.Opening{}, nil
	}
	return storage.Opening{Boot: t.boot}, nil
}

// tellPast tells what the comparison has found, of a store that is open now and,
// where it had to, has taken a new incarnation.
func (n *Node) tellPast() {
	t := n.noter
	if t == nil {
		return
	}
	for _, e := range t.found.incidents {
		n.sink.incident(e)
	}
	if t.found.renew != "" {
		n.sink.incarnation(IncarnationEvent{Old: t.mark.Replica, New: n.replica, Reason: t.found.renew})
		n.note()
	}
}

// note writes the watermark, if there is something new to note.
func (n *Node) note() {
	t := n.noter
	current, counted := n.docs.Own()
	next := watermark{Boot: t.boot, Before: t.mark.Before, Place: t.mark.Place, Replica: current, Clock: n.docs.HighWater()}
	next.Collections = make(map[string]marked, len(counted))
	for name, n := range counted {
		next.Collections[name] = marked{Counter: n}
	}
	if current == t.mark.Replica && maps.Equal(next.Collections, t.mark.Collections) {
		return
	}
	if _, err := n.disk.sync(); err != nil { // the store must never hold less than is noted
		return
	}
	n.saveNote(next)
}

func (n *Node) saveNote(next watermark) {
	if err := next.save(n.noter.dir); err != nil {
		n.sink.log.Warn("watermark not written", "error", err)
		return
	}
	n.noter.mark = next
}

// keepNote notes from time to time, until ctx ends.
func (n *Node) keepNote(ctx context.Context) {
	t := time.NewTicker(noteEvery)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			n.note()
		case <-ctx.Done():
			return
		}
	}
}

// lastNote is what is noted when the store has been closed. It is made before;
// nil without a directory.
func (n *Node) lastNote() *watermark {
	t := n.noter
	if t == nil {
		return nil
	}
	current, counted := n.docs.Own()
	w := &watermark{
		Boot: t.boot, Before: t.mark.Before, Place: t.mark.Place, Replica: current, Clock: n.docs.HighWater(),
		Stopped: true, Collections: map[string]marked{},
	}
	for name, live := range n.docs.Live() {
		m := marked{Counter: counted[name], Documents: live}
		if v, err := n.docs.View(name); err == nil {
			if root, ok, err := v.Root(); err == nil && ok {
				m.Root = fmt.Sprintf("%x", root)
			}
			v.Close()
		}
		w.Collections[name] = m
	}
	return w
}

// compareRoots looks whether the trees are as they were when the store was closed;
// one that is not makes its collection be checked.
func (n *Node) compareRoots() {
	w := n.noter.past
	if w == nil || !w.Stopped || n.noter.unclean || n.noter.found.renew != "" {
		return
	}
	for name, m := range w.Collections {
		if m.Root == "" {
			continue
		}
		v, err := n.docs.View(name)
		if err != nil {
			continue
		}
		root, ok, err := v.Root()
		v.Close()
		if err == nil && ok && fmt.Sprintf("%x", root) != m.Root {
			err = &storage.DamagedError{Collection: name, What: "the tree is another than when the store was closed"}
			n.sink.incident(IncidentEvent{Kind: Damage, Collection: name, Detail: err.Error()})
		}
		n.saw("", err)
	}
}

// uncleanStop reports whether the store was not closed when it was in use before
// this node was opened.
func (n *Node) uncleanStop() bool { return n.noter != nil && n.noter.unclean }
