package crdt_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"pgregory.net/rapid"
)

func replica(c byte) crdt.ReplicaID { return crdt.ReplicaID{c} }

// anyVector draws a vector of few replicas and small counters.
func anyVector(t *rapid.T) crdt.VersionVector {
	v := crdt.VersionVector{}
	for _, c := range []byte("abc") {
		v.Raise(replica(c), rapid.Uint64Range(0, 3).Draw(t, string(c)))
	}
	return v
}

var vectors = rapid.Custom(anyVector)

// The dots of a small universe say what a vector is: the set of dots it covers.
func covered(v crdt.VersionVector) (dots [3][4]bool) {
	for r, c := range []byte("abc") {
		for n := range uint64(4) {
			dots[r][n] = v.Has(crdt.Dot{Replica: replica(c), Counter: n + 1})
		}
	}
	return dots
}

func TestVectorIsASetOfDots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v, o := vectors.Draw(t, "v"), vectors.Draw(t, "o")
		cv, co := covered(v), covered(o)
		union, subset := cv, true
		for r := range cv {
			for n := range cv[r] {
				union[r][n] = cv[r][n] || co[r][n]
				subset = subset && (cv[r][n] || !co[r][n])
			}
		}
		if covered(v.Merge(o)) != union || covered(v) != cv || covered(o) != co {
			t.Fatalf("%v merged with %v is %v", v, o, v.Merge(o))
		}
		if v.Covers(o) != subset || v.Equal(o) != (cv == co) {
			t.Fatalf("%v, %v: covers %v, equal %v", v, o, v.Covers(o), v.Equal(o))
		}
		if (v.Hash() == o.Hash()) != v.Equal(o) || v.Hash() != sha256.Sum256(v.AppendBinary(nil)) {
			t.Fatalf("%v, %v: hashes", v, o)
		}
		c := v
		c.Raise(replica('d'), 1)
		if v.Len() == c.Len() {
			t.Fatalf("a clone shares memory")
		}
	})
}

func TestVectorEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := vectors.Draw(t, "v")
		v.Raise(replica('z'), rapid.Uint64().Draw(t, "z"))
		got, err := crdt.ParseVector(v.AppendBinary(nil))
		if err != nil || !got.Equal(v) {
			t.Fatalf("%v became %v: %v", v, got, err)
		}
		got, rest, err := crdt.CutVector(v.AppendBinary(nil)[:len(v.AppendBinary(nil)):len(v.AppendBinary(nil))])
		if err != nil || len(rest) != 0 || !got.Equal(v) {
			t.Fatal(got, rest, err)
		}
	})
	for name, b := range map[string][]byte{
		"nothing":          {},
		"a long number":    {0x80, 0x00},
		"too many entries": {0xff, 0xff, 0xff, 0xff, 0x0f},
		"a byte more":      {0, 0},
		"cut off":          crdt.Counters{replica('a'): 300}.Vector().AppendBinary(nil)[:18],
		"a zero":           append(append([]byte{1}, make([]byte, 16)...), 0),
		"an entry twice":   append(append(append(append([]byte{2}, make([]byte, 16)...), 1), make([]byte, 16)...), 1),
	} {
		if v, err := crdt.ParseVector(b); !errors.Is(err, crdt.ErrVector) {
			t.Errorf("%s: %v %v", name, v, err)
		}
	}
	if s := (crdt.Counters{replica('b'): 2, replica('a'): 7}.Vector()).String(); s != "{a:7 b:2}" {
		t.Error(s)
	}
}

func FuzzParseVector(f *testing.F) {
	f.Add(crdt.VersionVector{}.AppendBinary(nil))
	f.Add(crdt.Counters{replica('a'): 7, replica('b'): 1 << 60}.Vector().AppendBinary(nil))
	f.Add([]byte{0x80, 0x00})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.ParseVector(b) })
		v, err := crdt.ParseVector(b)
		if err != nil {
			if !errors.Is(err, crdt.ErrVector) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(v.AppendBinary(nil), b) {
			t.Fatalf("%x is another encoding of %v", b, v)
		}
	})
}
