package node

import (
	"context"
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/archive"
	"github.com/crdtstore/crdtstore/storage/merkle"
)

// recorder writes what a store holds at one moment into an archive.
type recorder struct {
	node     *Node
	ctx      context.Context
	all      *storage.Everything
	scope    *scope
	since    archive.Known // nil: nothing is left out
	out      *archive.Writer
	written  uint64 // documents and removals
	progress func(uint64)
}

// scopeOf is what the store held at that moment.
func scopeOf(all *storage.Everything) (*scope, error) {
	text, ok, err := all.Scope()
	if err != nil || !ok {
		return wholeScope, err
	}
	return parseScope(strings.Split(string(text), ","))
}

// narrow is what is known of the keys that the scope has.
func (s *scope) narrow(collection string, k crdt.Knowledge) crdt.Knowledge {
	for _, r := range s.outside(collection) {
		k = k.Forfeit(r.From, r.To)
	}
	return k
}

// count is how many documents there are to write; 0 where that is not known.
func (r *recorder) count() (n uint64, err error) {
	if r.since != nil {
		return 0, nil
	}
	for _, name := range r.all.Collections() {
		v, err := r.all.View(name)
		if err != nil {
			return 0, err
		}
		n += v.Count()
	}
	return n, nil
}

// record writes everything but the header.
func (r *recorder) record(identity bool, secret []byte) (report ArchiveReport, err error) {
	key := r.node.docs.Device()
	if identity {
		if err := r.out.Identity(archive.Identity{Device: key.Seed(), Mesh: secret}); err != nil {
			return report, err
		}
	}
	for _, name := range r.all.Collections() {
		v, err := r.all.View(name)
		if err == nil {
			err = r.collection(name, v)
		}
		if err != nil {
			return report, err
		}
	}
	known, t, err := r.out.Close(func(sum archive.Sum) archive.Seal { return archive.NewSeal(key, secret, sum) })
	if err != nil {
		return report, err
	}
	return ArchiveReport{t.Collections, t.Documents, t.Removed, r.out.Written(), known.String()}, nil
}

// collection writes one collection; one of which nothing is known is left out.
func (r *recorder) collection(name string, v *storage.View) error {
	c := archive.Collection{Name: name, Knowledge: r.scope.narrow(name, v.Knowledge())}
	if c.Knowledge.Max().Len() == 0 {
		return nil
	}
	forgotten, err := v.Forgotten()
	if err != nil {
		return err
	}
	c.Forgotten = r.scope.narrow(name, forgotten)
	c.Base = baseOf(r.since[name], c.Knowledge, c.Forgotten)
	if err := r.out.Begin(c); err != nil {
		return err
	}
	if err := r.heads(c, v); err != nil {
		return err
	}
	f := frames{recorder: r, view: v, collection: c}
	if c.Whole() {
		f.fold = merkle.NewFold(name)
	}
	for _, s := range c.Due() {
		if err := f.span(s); err != nil {
			return err
		}
	}
	return r.end(name, v, c, f.fold)
}

// baseOf is what a reader who has seen since may be taken to know. Where
// removals were forgotten that it has not seen, nobody can name the documents that
// it may still hold: there it is nothing, and all documents are written.
func baseOf(since, known, forgotten crdt.Knowledge) (base crdt.Knowledge) {
	crdt.Overlay(known, since, func(from, to string, mine, theirs crdt.VersionVector) {
		least := mine.Least(theirs)
		crdt.Overlay(forgotten, crdt.Knowledge{}, func(f, t string, gone, _ crdt.VersionVector) {
			f, t = max(f, from), earlier(t, to)
			if (t == "" || f < t) && least.Len() > 0 && least.Covers(gone) {
				base = base.Raise(f, t, crdt.VersionVector{}, least)
			}
		})
	})
	return base
}

// heads writes the signatures without which nobody may believe what is known
// (Law J).
func (r *recorder) heads(c archive.Collection, v *storage.View) error {
	var heads []crdt.SignedHead
	for replica, n := range c.Knowledge.Max().Beyond(c.Base.Max()) {
		h, ok, err := v.SignedHead(replica)
		if err != nil {
			return err
		}
		if !ok || h.Counter < n {
			return &storage.DamagedError{Collection: c.Name, What: fmt.Sprintf("the signed head of %s is missing", crdt.Dot{Replica: replica, Counter: n})}
		}
		if heads = append(heads, h); len(heads) == archive.MaxHeads {
			if err := r.out.Heads(heads); err != nil {
				return err
			}
			heads = nil
		}
	}
	return r.out.Heads(heads)
}

// end writes how many documents exist, and their root; the tree of the store
// has to bear it out, as far as it is hashed (Law I).
func (r *recorder) end(name string, v *storage.View, c archive.Collection, fold *merkle.Fold) error {
	if fold == nil {
		fold = merkle.NewFold(name)
		for _, k := range c.Knowledge.Ranges() {
			if k.Vector.Len() == 0 {
				continue
			}
			err := v.Existing(k.From, k.To, func(key string, digest [32]byte) bool {
				fold.Add(merkle.Document{Key: key, Digest: digest})
				return r.ctx.Err() == nil
			})
			if err != nil {
				return err
			}
		}
	}
	root, n := fold.Root()
	if len(r.scope.outside(name)) == 0 {
		hashed, ok, err := v.Root()
		if err != nil {
			return err
		}
		if ok && hashed != root {
			return &storage.DamagedError{Collection: name, What: "the documents are not those that the tree was hashed from"}
		}
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	_, err := r.out.End(n, root)
	return err
}
