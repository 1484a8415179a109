package storage_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// nonces is a source of randomness that never repeats and always gives the
// same.
type nonces struct{ name, next byte }

func (n *nonces) Read(b []byte) (int, error) {
	n.next++
	for i := range b {
		b[i] = 0
	}
	b[0] = n.name
	b[len(b)-1] = n.next
	return len(b), nil
}

// device is the key of the device called name.
func device(name byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{name}, ed25519.SeedSize))
}

// node is one store with its documents.
type node struct {
	*storage.Documents
	store *memory.Store
	name  byte
	rand  *nonces
	clock crdt.Timestamp
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newNode(t failer, name byte) *node {
	t.Helper()
	n := &node{store: memory.New(), name: name, rand: &nonces{name: name}}
	n.open(t, storage.Options{})
	return n
}

func (n *node) open(t failer, o storage.Options) {
	t.Helper()
	o.Device, o.Rand = device(n.name), n.rand
	d, err := storage.OpenDocuments(n.store, o)
	if err != nil {
		t.Fatalf("open %c: %v", n.name, err)
	}
	n.Documents = d
}

// change is one document of a transaction; empty JSON deletes it, and ops, if
// there are any, are done instead.
type change struct {
	key, json string
	ops       []crdt.Op
}

// write commits one transaction.
func (n *node) write(t failer, coll string, changes ...change) {
	t.Helper()
	if err := n.tryWrite(coll, changes...); err != nil {
		t.Fatalf("write at %c: %v", n.name, err)
	}
}

func (n *node) tryWrite(coll string, changes ...change) error {
	n.clock++
	return n.Update(func(b *storage.Batch) error { return writeIn(b, coll, n.clock, changes...) })
}

func writeIn(b *storage.Batch, coll string, ts crdt.Timestamp, changes ...change) error {
	w := b.Begin(coll, ts)
	var docs []storage.Written
	for _, c := range changes {
		rec, err := b.Get(coll, c.key)
		if err != nil {
			return err
		}
		old, err := crdt.Decode(rec.Body)
		if err != nil {
			return err
		}
		var next *crdt.Document
		var changed bool
		if c.ops != nil {
			next, changed, err = old.Apply(w, c.ops)
		} else {
			next, changed, err = edit(old, w, c.json)
		}
		if err != nil {
			return err
		}
		if changed {
			head, _ := w.Last()
			docs = append(docs, storage.Written{Key: c.key, Document: next, Head: head})
		}
	}
	return b.Write(coll, w, docs)
}

func edit(old *crdt.Document, w *crdt.Writer, json string) (*crdt.Document, bool, error) {
	if json == "" {
		return old.Delete(w)
	}
	p, err := crdt.ParseJSON([]byte(json))
	if err != nil {
		return nil, false, err
	}
	return old.Put(w, p)
}

// frames is a whole drain of a collection for a peer that knows known, with
// at most size documents in a frame.
func (n *node) frames(t failer, coll string, known crdt.Knowledge, size int) []storage.Frame {
	t.Helper()
	v, err := n.ViewDurable(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	defer v.Close()
	var out []storage.Frame
	crdt.Overlay(v.Knowledge(), known, func(from, to string, mine, theirs crdt.VersionVector) {
		for more := !theirs.Covers(mine); more && (to == "" || from < to); {
			f := storage.Frame{From: from, To: to, Base: theirs, Vector: mine}
			var keys []string
			keys, more, err = v.Candidates(known, from, size)
			if err != nil {
				t.Fatalf("candidates of %c: %v", n.name, err)
			}
			for _, key := range keys {
				if to != "" && key >= to {
					more = false
					break
				}
				f.Documents = append(f.Documents, frameDocument(t, v, key))
				if from = key + "\x00"; more && key == keys[len(keys)-1] {
					f.To = from
				}
			}
			f.Heads = signedHeads(t, v, mine)
			out = append(out, f)
		}
	})
	return out
}

func frameDocument(t failer, v *storage.View, key string) storage.FrameDocument {
	t.Helper()
	rec, err := v.Record(key)
	if err != nil {
		t.Fatalf("record %s: %v", key, err)
	}
	return storage.FrameDocument{Key: key, Heads: rec.Heads, Body: bytes.Clone(rec.Body)}
}

func signedHeads(t failer, v *storage.View, vec crdt.VersionVector) (heads []crdt.SignedHead) {
	t.Helper()
	for _, r := range vec.Replicas() {
		h, ok, err := v.SignedHead(r)
		if err != nil || !ok || h.Counter < vec.Counter(r) {
			t.Fatalf("signed head of %s at %d: %v %v %v", r, vec.Counter(r), h, ok, err)
		}
		heads = append(heads, h)
	}
	return heads
}

// merge commits one frame.
func (n *node) merge(t failer, coll string, f storage.Frame) (m storage.Merged) {
	t.Helper()
	m, err := n.tryMerge(coll, f)
	if err != nil {
		t.Fatalf("merge at %c: %v", n.name, err)
	}
	return m
}

func (n *node) tryMerge(coll string, f storage.Frame) (m storage.Merged, err error) {
	err = n.Update(func(b *storage.Batch) error {
		m, err = b.Merge(coll, f)
		return err
	})
	return m, err
}

// pull brings everything that from has to n.
func (n *node) pull(t failer, coll string, from *node) {
	t.Helper()
	for _, f := range from.frames(t, coll, n.knowledge(t, coll), 3) {
		n.merge(t, coll, f)
	}
}

func (n *node) view(t testing.TB, coll string) *storage.View {
	t.Helper()
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func (n *node) knowledge(t failer, coll string) crdt.Knowledge {
	t.Helper()
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	defer v.Close()
	return v.Knowledge()
}

// dump is everything that a store holds, key by key.
func dump(t failer, s storage.Store) (out []storage.Item) {
	t.Helper()
	err := s.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{}) {
			if err != nil {
				return err
			}
			out = append(out, storage.Item{Key: bytes.Clone(item.Key), Value: bytes.Clone(item.Value)})
		}
		return nil
	})
	if err != nil {
		t.Fatalf("dump: %v", err)
	}
	return out
}

// sameStore reports whether two dumps are equal.
func sameStore(a, b []storage.Item) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].Key, b[i].Key) || !bytes.Equal(a[i].Value, b[i].Value) {
			return false
		}
	}
	return true
}

// hash brings the tree of a collection up to its documents, in small steps.
func (n *node) hash(t failer, coll string) {
	t.Helper()
	for done := false; !done; {
		err := n.Update(func(b *storage.Batch) error {
			var err error
			done, err = b.HashTree(coll, 2)
			return err
		})
		if err != nil {
			t.Fatalf("hash %s at %c: %v", coll, n.name, err)
		}
	}
}

// root is the root of a tree that is hashed.
func (n *node) root(t failer, coll string) [32]byte {
	t.Helper()
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	defer v.Close()
	root, ok, err := v.Root()
	if err != nil || !ok {
		t.Fatalf("root of %c: %v %v", n.name, ok, err)
	}
	return root
}
