package mesh

import (
	"math/rand/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// loadBatch is how many documents are loaded in one transaction.
const loadBatch = 500

// load makes everybody but the Fresh hold the first documents, and hashes them,
// before time begins: written by the first Writers peers, each a run of keys,
// and merged by all others as if they had drained them. Then the first peer
// changes Missed of them, scattered over all keys, and nobody has heard of it.
func (w *world) load() {
	rng := rand.New(rand.NewPCG(w.o.Seed, 0x6c6f6164))
	for _, p := range w.peers {
		p.open()
	}
	n, writers := w.o.Documents, w.peers[:w.o.Writers]
	if n == 0 {
		return
	}
	parts := make([]part, len(writers))
	for i, q := range writers {
		parts[i] = part{first: n * i / len(writers), end: n * (i + 1) / len(writers)}
		q.write(rng, parts[i])
		parts[i].take(q)
	}
	for _, p := range w.peers[:len(w.peers)-w.o.Fresh] {
		for i, q := range writers {
			if q != p {
				p.copy(parts[i])
			}
		}
		p.hashAll()
	}
	for _, x := range parts {
		x.view.Close()
	}
	w.written = n
	for i := range w.o.Missed {
		key := n * i / w.o.Missed
		w.peers[0].write(rng, part{first: key, end: key + 1})
	}
}

// part is what one writer has written.
type part struct {
	first, end int // numbers of documents
	view       *storage.View
	vector     crdt.VersionVector
	head       crdt.SignedHead
}

// take remembers what q has written.
func (x *part) take(q *peer) {
	var err error
	if x.view, err = q.docs.View(collection); err != nil {
		q.w.fail("view at %s: %v", q, err)
	}
	x.vector = x.view.Knowledge().Max()
	if x.head, _, err = x.view.SignedHead(q.docs.Replica()); err != nil {
		q.w.fail("signed head at %s: %v", q, err)
	}
}

// write writes the documents of x anew.
func (p *peer) write(rng *rand.Rand, x part) {
	for first := x.first; first < x.end; first += loadBatch {
		p.must("write", func(b *storage.Batch) error {
			wr := b.Begin(collection, p.hlc.Next(epoch))
			var docs []storage.Written
			for i := first; i < min(first+loadBatch, x.end); i++ {
				rec, err := b.Get(collection, keyOf(i))
				if err != nil {
					return err
				}
				d, err := crdt.Decode(rec.Body)
				if err != nil {
					return err
				}
				if d, _, err = d.Put(wr, bodyOf(rng, p.w.o.Size)); err != nil {
					return err
				}
				head, _ := wr.Last()
				docs = append(docs, storage.Written{Key: keyOf(i), Document: d, Head: head})
			}
			return b.Write(collection, wr, docs)
		})
	}
}

// copy merges what a writer has written: the documents in frames, and at the
// end that there is nothing else.
func (p *peer) copy(x part) {
	f := storage.Frame{Vector: x.vector, Heads: []crdt.SignedHead{x.head}}
	merge := func(b *storage.Batch) error {
		_, err := b.Merge(collection, f)
		return err
	}
	for first := x.first; first < x.end; first += loadBatch {
		last := min(first+loadBatch, x.end)
		f.From, f.To, f.Documents = keyOf(first), keyOf(last), nil
		for i := first; i < last; i++ {
			rec, err := x.view.Record(keyOf(i))
			if err != nil {
				p.w.fail("read %s: %v", keyOf(i), err)
			}
			f.Documents = append(f.Documents, storage.FrameDocument{Key: rec.Key, Heads: rec.Heads, Body: rec.Body})
		}
		p.must("copy", merge)
	}
	f.From, f.To, f.Documents = "", "", nil
	p.must("copy", merge)
}

// hashAll brings the tree up to date at once.
func (p *peer) hashAll() {
	for done := false; !done; {
		p.must("hash", func(b *storage.Batch) (err error) {
			done, err = b.HashTree(collection, 1<<10)
			return err
		})
	}
}

// must commits before time begins.
func (p *peer) must(what string, fn func(*storage.Batch) error) {
	err := p.docs.Update(fn)
	if err == nil {
		err = p.docs.Sync()
	}
	if err != nil {
		p.w.fail("%s at %s: %v", what, p, err)
	}
}
