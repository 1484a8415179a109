package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// shown is the root of n's tree, if it shows what is known.
func (n *node) shown(t failer, coll string) (root [32]byte, ok bool) {
	t.Helper()
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	defer v.Close()
	if root, ok, err = v.Root(); err != nil {
		t.Fatalf("root of %c: %v", n.name, err)
	}
	return root, ok
}

// A replica that takes in a collection has its tree with its documents, whatever
// order the frames come in and wherever they are cut; when something else comes
// between them, the tree is right once it is hashed.
func TestHashedAsItComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newNode(t, 'a')
		every := rapid.IntRange(1, 9).Draw(t, "removed, one in")
		var cs []change
		for i := range rapid.IntRange(20, 700).Draw(t, "documents") {
			cs = append(cs, change{key: fmt.Sprintf("%05d", i*7919%10007), json: fmt.Sprint(i)})
		}
		a.write(t, "people", cs...)
		for i := range cs {
			if cs[i].json = ""; i%every > 0 || every == 1 {
				cs[i].json = `"again"`
			}
		}
		a.write(t, "people", cs...)
		a.hash(t, "people")
		b := newNode(t, 'b')
		frames := a.frames(t, "people", crdt.Knowledge{}, rapid.IntRange(16, 300).Draw(t, "frame"))
		frames = rapid.Permutation(frames).Draw(t, "order")
		plain := true // nothing but what comes in frames of many documents
		for _, f := range frames {
			switch rapid.IntRange(0, 19).Draw(t, "between") {
			case 0:
				b.write(t, "people", change{key: fmt.Sprintf("%05d", rapid.IntRange(0, 10006).Draw(t, "key")), json: `"own"`})
				plain = false
			case 1:
				b.hash(t, "people")
			}
			plain = plain && len(f.Documents) >= 16
			b.merge(t, "people", f)
			if rapid.IntRange(0, 9).Draw(t, "again") == 0 {
				b.merge(t, "people", f)
			}
			if root, ok := b.shown(t, "people"); ok {
				if want := rebuilt(t, b); root != want {
					t.Fatalf("root %x as it came, %x of what is there", root, want)
				}
			} else if plain {
				t.Fatal("not hashed")
			}
		}
		b.hash(t, "people")
		if want := rebuilt(t, b); b.root(t, "people") != want {
			t.Fatal("hashed in the end, the tree shows something else")
		}
		if found, err := b.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("verify: %v %v", found, err)
		}
	})
}

// rebuilt is the root of a tree that is made anew.
func rebuilt(t failer, n *node) [32]byte {
	t.Helper()
	again := newNode(t, 'z')
	again.pull(t, "people", n)
	if err := again.Update(func(b *storage.Batch) error { return b.RebuildTree("people") }); err != nil {
		t.Fatalf("rebuild: %v", err)
	}
	again.hash(t, "people")
	return again.root(t, "people")
}
