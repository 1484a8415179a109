package antientropy

import (
	"maps"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// forget drops what is left of removed documents.
func (c *fakeCollection) forget(keys ...string) {
	for _, key := range keys {
		if d, ok := c.docs[key]; ok && len(d.live) == 0 {
			c.docs = maps.Clone(c.docs)
			delete(c.docs, key)
			c.forgot = c.know
		}
	}
}

func (v *fakeView) Forgotten() (crdt.Knowledge, error) { return v.forgot, nil }

func (v *fakeView) Existing(from, to string, visit func(string, [32]byte) bool) error {
	for _, l := range v.leafs() {
		if l.Key >= from && before(l.Key, to) && !visit(l.Key, l.Digest) {
			break
		}
	}
	return nil
}

func (v *fakeView) Absent(key string) (bool, error) {
	_, ok := v.docs[key]
	return !ok && !v.busy[key] && v.hashed != nil && v.hashed.At(key).Equal(v.know.At(key)), nil
}

// evident reports whether a frame brings every document of its keys of which
// the sender may have forgotten something. Of what was compared all is there that
// was not the same.
func (c *fakeCollection) evident(f Frame) bool {
	for key, d := range c.docs {
		own := c.know.At(key)
		if !f.contains(key) || own.Covers(f.Forgotten) || f.lists(key) {
			continue
		}
		compared := f.Compared.At(key)
		if !own.Covers(compared) {
			compared = crdt.VersionVector{}
		}
		if slices.ContainsFunc(d.live, func(x crdt.Dot) bool { return f.Forgotten.Has(x) && !compared.Has(x) }) {
			return false
		}
	}
	return true
}

// inherit takes over what the sender of a merged frame has forgotten.
func (c *fakeCollection) inherit(f Frame) {
	for key, d := range c.docs {
		if len(d.live)+len(d.heads) == 0 {
			delete(c.docs, key)
		}
	}
	merged := crdt.Knowledge{}.Raise(f.From, f.To, crdt.VersionVector{}, f.Vector)
	crdt.Overlay(c.know, merged, func(from, to string, own, vector crdt.VersionVector) {
		if own.Covers(vector) && vector.Covers(f.Forgotten) {
			c.forgot = c.forgot.Raise(from, to, crdt.VersionVector{}, f.Forgotten)
		}
	})
}

// lists reports whether a document with this key is in the frame.
func (f Frame) lists(key string) bool {
	_, ok := slices.BinarySearchFunc(f.Documents, key, func(d Document, key string) int { return strings.Compare(d.Key, key) })
	return ok
}
