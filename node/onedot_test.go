package node_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// underOneDot is how many entries of the dot index name both documents.
func underOneDot(t *testing.T, disk storage.Store, one, other string) (n int) {
	t.Helper()
	ok(t, disk.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{Start: []byte("i"), End: []byte("j")}) {
			if err != nil {
				return err
			}
			if bytes.Contains(item.Value, []byte(one)) && bytes.Contains(item.Value, []byte(other)) {
				n++
			}
		}
		return nil
	}))
	return n
}

// TestTwoDocumentsUnderOneDot: two copies of a store write different documents under the same dots, and meet a peer one
// after the other that held another part of the keys each time, so nothing there tells them apart before it has both.
// Another one is sent both. One of two is edited, or removed, and the other stays; nothing is found anywhere.
func TestTwoDocumentsUnderOneDot(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		const pairs = 3
		w := newWorld(t)
		device, bDevice := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), ed25519.NewKeyFromSeed(bytes.Repeat([]byte("b"), ed25519.SeedSize))
		disk, bDisk, dDisk := store.New(), store.New(), store.New()
		open := func(disk *store.Store) *node.Node { return w.open("a", node.Options{Store: disk, Device: device}) }
		a := open(disk)
		b := w.open("b", node.Options{Store: bDisk, Device: bDevice, Collections: []string{"c/base", "c/first"}})
		w.join(a, b)
		put(t, a, "c/base", `1`)
		w.converge(a, b)
		w.close(a)
		copied := disk.Kill()

		a = open(disk.Kill())
		for i := range pairs {
			put(t, a, fmt.Sprint("c/first", i), `{"n":0}`)
		}
		w.join(b, a)
		w.converge(a, b)
		w.close(a)
		ok(t, b.SetScope(t.Context(), []string{"*"}, node.ScopeOptions{}))
		a = open(copied)
		for i := range pairs {
			put(t, a, fmt.Sprint("c/second", i), `{"n":1}`)
		}
		w.join(b, a)
		allUnderOneDot := func(disk storage.Store) bool {
			for i := range pairs {
				if underOneDot(t, disk, fmt.Sprint("first", i), fmt.Sprint("second", i)) != 1 {
					return false
				}
			}
			return true
		}
		for range 100 { // until they see that they know the same, and hold it differently
			if time.Sleep(10 * time.Millisecond); allUnderOneDot(bDisk) {
				break
			}
		}
		w.close(a)
		d := w.open("d", node.Options{Store: dDisk})
		w.join(b, d)
		time.Sleep(time.Minute)
		roots(t, b, d)
		if !allUnderOneDot(bDisk) || !allUnderOneDot(dDisk) {
			t.Fatal("no two documents are under one dot")
		}
		soundWith(t, b)
		soundWith(t, d)

		put(t, b, "c/first0", `{"n":0,"later":1}`)
		del(t, d, "c/first1")
		del(t, b, "c/second2")
		time.Sleep(time.Minute)
		roots(t, b, d)
		soundWith(t, d)
		w.close(b)
		copied = copied.Kill()
		a, b = open(copied), w.open("b", node.Options{Store: bDisk.Kill(), Device: bDevice})
		e := w.open("e", node.Options{})
		w.join(b, d, a, e)
		time.Sleep(time.Minute)
		w.converge(a, b, d, e)
		for _, n := range []*node.Node{a, b, d, e} {
			want(t, n, "c/first0", `{"n":0,"later":1}`)
			want(t, n, "c/second0", `{"n":1}`)
			want(t, n, "c/first1", "not found")
			want(t, n, "c/second1", `{"n":1}`)
			want(t, n, "c/first2", `{"n":0}`)
			want(t, n, "c/second2", "not found")
			switch n {
			case a: // which is told of its copy, and of what that wrote
			default:
				soundWith(t, n, node.Diverged, node.Repaired)
			}
		}
		w.close(a, b, d, e)
		a = open(copied.Kill())
		defer w.close(a)
		soundWith(t, a)
	})
}

// soundWith makes sure that nothing is wrong with a node, notices aside, but what is of these kinds.
func soundWith(t *testing.T, n *node.Node, kinds ...string) {
	t.Helper()
	for f, err := range n.Verify(t.Context(), "") {
		t.Errorf("%s: %v, %v", n.Name(), f, err)
	}
	all, err := n.Findings(t.Context())
	ok(t, err)
	for _, f := range all {
		if !f.Notice && !slices.Contains(kinds, f.Kind) {
			t.Errorf("%s: %+v", n.Name(), f)
		}
	}
}
