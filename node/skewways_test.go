package node_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestNextTypeEveryWay: what a next version has written at a path, which this one cannot read,
// is kept and handed on by every way that a document takes.
func TestNextTypeEveryWay(t *testing.T) {
	w, c := newWorld(t), &calendar{}
	disk, device := store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	a := w.open("a", node.Options{Store: disk, Device: device, Clock: c.now})
	put(t, a, "c/k", `{"next":7,"n":{"$counter":1}}`)
	w.close(a)
	disk = disk.Kill()
	alter(t, disk, "dc\x00k", func(key, value []byte) []byte {
		value = bytes.Replace(value, sevenAtNext, kindNine, 1)
		reseal(key, value)
		return value
	})
	a = w.open("a", node.Options{Store: disk, Device: device, Clock: c.now})
	keeps := func(how string, n *node.Node) {
		t.Helper()
		if d, err := n.Collection("c").Get(t.Context(), "k"); err != nil || !bytes.Contains(d.Canonical(), kindNine) {
			t.Errorf("%s: it is lost, %v", how, err)
		}
	}
	keeps("opened", a)
	whole, report := backup(t, a, node.ArchiveOptions{})
	n, _ := restored(t, node.Options{}, whole)
	keeps("restored", n)
	patch(t, a, "c/k", `{"more":1}`)
	next, _ := backup(t, a, node.ArchiveOptions{Since: report.Known})
	n, _ = restored(t, node.Options{}, whole, next)
	keeps("restored from an incremental backup", n)

	w.Partition([]string{"a"}, []string{"b"}, []string{"d"})
	b, d := w.open("b", node.Options{Clock: c.now}), w.open("d", node.Options{Clock: c.now})
	defer w.close(a, b, d)
	w.join(a, b, d)
	carry(t, a, b, node.ArchiveOptions{})
	keeps("carried in a bundle", b)
	w.Heal()
	w.converge(a, b, d)
	keeps("drained", d)
	patch(t, d, "c/k", `{"live":2}`)
	w.converge(a, b, d)
	keeps("pushed", a)
	put(t, a, "c/gone", `1`)
	w.converge(a, b, d)
	del(t, b, "c/gone")
	w.converge(a, b, d)
	c.pass(t, 70, a, b, d)
	keeps("after others were forgotten", a)
	for _, n := range []*node.Node{a, b, d} {
		keeps(fmt.Sprint("in the end at ", n.Name()), n)
		for f, err := range n.Verify(t.Context(), "") {
			t.Errorf("%s: %v, %v", n.Name(), f, err)
		}
	}
}
