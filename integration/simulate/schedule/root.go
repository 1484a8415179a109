package schedule

import (
	"crypto/ed25519"

	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// hash brings the tree of a collection up to date, a few leaves at a time.
// It reports whether it could.
func (p *peer) hash(coll string) bool {
	for done := false; !done; {
		err := p.docs.Update(func(b *storage.Batch) (err error) {
			done, err = b.HashTree(coll, 1+p.w.rng.IntN(4))
			return err
		})
		if err != nil {
			p.reread() // an injected fault
			if p.room == diskFull || p.met(err) {
				return false
			}
		}
	}
	return true
}

// hashOne carries out a Hash output.
func (e *end) hashOne() {
	coll := e.hash[0]
	e.hash = e.hash[1:]
	if !e.peer.hash(coll) {
		return
	}
	e.step(antientropy.Hashed{Collection: coll})
}

// hashSome hashes what the sessions of a link asked for, or, asked by nobody,
// a part of some tree.
func (w *world) hashSome(l *link) {
	e := pick(w.rng, l.ends[:])
	if l.up && len(e.tasks) > 0 {
		e.doOne()
		return
	}
	if l.up && len(e.hash) > 0 {
		e.hashOne()
		return
	}
	coll := pick(w.rng, w.collections)
	err := e.peer.docs.Update(func(b *storage.Batch) error {
		_, err := b.HashTree(coll, 1)
		return err
	})
	if err != nil {
		e.peer.reread()
		e.peer.met(err)
	}
}

// agreeOnRoot checks that everybody has the root that a store made anew from
// the content has.
func (w *world) agreeOnRoot(coll string) {
	want := w.rootFromScratch(coll)
	for _, p := range w.peers {
		p.hash(coll)
		if got := w.rootAt(p.docs, coll); got != want {
			w.fail("end: the root of %s at %s is %x, from scratch %x", coll, p, got, want)
		}
	}
}

func (w *world) rootAt(docs *storage.Documents, coll string) [32]byte {
	v, err := docs.View(coll)
	if err != nil {
		w.fail("view of %s: %v", coll, err)
	}
	defer v.Close()
	root, ok, err := v.Root()
	if err != nil || !ok {
		w.fail("root of %s: hashed %t, %v", coll, ok, err)
	}
	return root
}

// rootFromScratch merges the whole content of the first peer into an empty
// store and hashes that.
func (w *world) rootFromScratch(coll string) [32]byte {
	v, err := w.peers[0].docs.View(coll)
	if err != nil {
		w.fail("view of %s: %v", coll, err)
	}
	defer v.Close()
	f := storage.Frame{Vector: v.Knowledge().Max()}
	for r := range f.Vector.All() {
		h, ok, err := v.SignedHead(r)
		if err != nil || !ok {
			w.fail("signed head of %s: %t, %v", r, ok, err)
		}
		f.Heads = append(f.Heads, h)
	}
	for rec, err := range v.List("", "") {
		if err != nil {
			w.fail("list %s: %v", coll, err)
		}
		f.Documents = append(f.Documents, storage.FrameDocument{Key: rec.Key, Heads: rec.Heads, Body: rec.Body})
	}
	docs, err := storage.OpenDocuments(memory.New(), storage.Options{
		Device: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), Rand: &nonces{name: "scratch"},
	})
	if err != nil {
		w.fail("open from scratch: %v", err)
	}
	err = docs.Update(func(b *storage.Batch) error {
		if _, err := b.Merge(coll, f); err != nil {
			return err
		}
		_, err := b.HashTree(coll, 1<<20)
		return err
	})
	if err != nil {
		w.fail("merge from scratch: %v", err)
	}
	return w.rootAt(docs, coll)
}
