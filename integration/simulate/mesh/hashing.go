package mesh

import (
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// The bounds of package node, which are not exported there.
const (
	hashEvery  = time.Minute
	hashLeaves = 64
)

// tend brings the tree of a collection up to date in bounded steps of the
// writer, and then calls done (package node, hashing.go).
func (p *peer) tend(collection string, done func()) {
	var complete bool
	wr := p.writer
	wr.push(&wr.local, &task{
		derived: true,
		run: func(b *storage.Batch) (err error) {
			complete, err = b.HashTree(collection, hashLeaves)
			return err
		},
		finish: func(err error) {
			if err != nil {
				p.w.fail("%s cannot hash %s: %v", p, collection, err)
			}
			if complete {
				done()
				return
			}
			p.tend(collection, done)
		},
	})
}

// hashNow and then hashes every collection while the process runs.
func (p *peer) hashNow() {
	wr := p.writer
	p.w.after(hashEvery, func() {
		if wr.stopped {
			return
		}
		for _, c := range p.docs.Collections() {
			p.tend(c, func() {})
		}
		p.hashNow()
	})
}
