package storage_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// leaver holds the documents k000 to k199 of another, hashed, and has left those before
// k100, none of which is dropped yet. It has written some of them itself, or nothing at all.
func leaver(t *testing.T, writes bool) *node {
	t.Helper()
	a, b := newNode(t, 'a'), newNode(t, 'b')
	for i := range 200 {
		a.write(t, "people", change{key: fmt.Sprintf("k%03d", i), json: `1`})
	}
	b.pull(t, "people", a)
	if writes {
		b.write(t, "people", change{key: "k020", json: `2`}, change{key: "k120", json: `2`})
	}
	b.hash(t, "people")
	if err := b.Update(func(b *storage.Batch) error { return b.Leave("people", []crdt.Range{{To: "k100"}}) }); err != nil {
		t.Fatal(err)
	}
	if writes { // under a new incarnation, which counts as seen for all keys
		b.write(t, "people", change{key: "k150", json: `3`})
	}
	return b
}

// held checks that no key of the scope, from k100 on, passes for lost, and that those
// without a record are borne out to be absent once the tree is hashed.
func (n *node) held(t *testing.T, when string) {
	t.Helper()
	n.hash(t, "people")
	for i := 100; i < 200; i++ {
		key := fmt.Sprintf("k%03d+", i)
		if sure, err := n.view(t, "people").Absent(key); !sure || err != nil {
			t.Fatalf("%s, %s: %t, %v", when, key, sure, err)
		}
	}
	if found, err := n.VerifyHeld("people", []crdt.Range{{From: "k100"}}); err != nil || len(found) > 0 {
		t.Fatalf("%s: %v, %v", when, found, err)
	}
}

// TestAbsentBesideWhatIsLeft: documents that were left and are not dropped yet are ahead of
// what is known. The tree bears out all the same what is not there in the leaf that
// they have in common with others, until they are dropped and after it; and a
// tree that is made again in the meantime has them.
func TestAbsentBesideWhatIsLeft(t *testing.T) {
	for _, writes := range []bool{false, true} {
		b := leaver(t, writes)
		b.held(t, "left")
		if err := b.Update(func(b *storage.Batch) error { return b.RebuildTree("people") }); err != nil {
			t.Fatal(err)
		}
		b.held(t, "made again")
		for _, limit := range []int{30, 1000} {
			err := b.Update(func(b *storage.Batch) error { _, _, err := b.Drop("people", "", "k100", limit); return err })
			if err != nil {
				t.Fatal(err)
			}
			b.held(t, fmt.Sprintf("%d dropped", limit))
		}
	}
}

// TestLostBesideWhatIsLeft: in a leaf with documents that were left none that the tree has
// passes for absent, nor where the leaf is yet to be hashed.
func TestLostBesideWhatIsLeft(t *testing.T) {
	for _, writes := range []bool{false, true} {
		b := leaver(t, writes)
		if sure, err := b.view(t, "people").Absent("k100"); sure || err != nil {
			t.Fatalf("there: %t, %v", sure, err)
		}
		b.hash(t, "people")
		b.write(t, "people", change{key: "k100", json: `4`})
		damage(t, b, "dpeople\x00k100", drop)
		if sure, err := b.view(t, "people").Absent("k100"); sure || !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("not hashed: %t, %v", sure, err)
		}
		b = leaver(t, writes)
		b.hash(t, "people")
		for i := 100; i < 200; i++ {
			damage(t, b, fmt.Sprintf("dpeople\x00k%03d", i), drop)
			if sure, _ := b.view(t, "people").Absent(fmt.Sprintf("k%03d", i)); sure {
				t.Fatalf("k%03d is lost, and absent", i)
			}
		}
	}
}

// TestMadeAgainWhereAllIsLeft: a tree that is made again while nothing is known has the
// documents that are not dropped yet, since they are counted.
func TestMadeAgainWhereAllIsLeft(t *testing.T) {
	b := leaver(t, false)
	if err := b.Update(func(b *storage.Batch) error { return b.Leave("people", []crdt.Range{{}}) }); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.hash(t, "people")
		if found, err := b.VerifyHeld("people", nil); err != nil || len(found) > 0 {
			t.Fatal(found, err)
		}
		if err := b.Update(func(b *storage.Batch) error { return b.RebuildTree("people") }); err != nil {
			t.Fatal(err)
		}
	}
}
