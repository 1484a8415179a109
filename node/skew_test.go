package node_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// what a next version may write at a path: a value of kind 9, which holds what
// JSON cannot say. The same in place of the number 7.
var (
	sevenAtNext = []byte{0x64, 'n', 'e', 'x', 't', 0x07}
	kindNine    = []byte{0x64, 'n', 'e', 'x', 't', 0x83, 0x09, 0x01, 0xa1, 0x61, '$', 0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
)

// TestNextVersion: a peer of the next version announces features of which nobody
// here has heard, says more in its hello and sends messages that may be ignored,
// and documents with a type that comes only then. Nodes of this version take
// them, keep them through edits, and pass them on byte for byte, also to others
// that never met it.
func TestNextVersion(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		defer w.close(a, b)
		w.join(a, b)
		c := intrude(t, w, a, "next")
		defer c.net.Close()
		body := c.future(t, "k")
		next := append(antientropy.Features(), "shiny", "even shinier")
		c.say(1, antientropy.Version, c.name, make([]byte, 16), make([]byte, 16), next, make([]byte, 16), "more", map[string]int{"and": 1})
		c.raw([]byte{200, 0xff, 1, 2, 3})
		c.open("c", c.liar.know)
		c.frame("c", falsehood{vector: c.own(c.counter), heads: []crdt.SignedHead{c.head("c", c.counter)}, keys: []string{"k"}})
		ack := c.hear(5)
		if ack == nil {
			why, _ := c.fate()
			t.Fatalf("the session ended: %q", why)
		}
		c.raw([]byte{255})
		inStep(t, a, b)
		for _, n := range []*node.Node{a, b} {
			d, err := n.Collection("c").Get(t.Context(), "k")
			ok(t, err)
			if sha256.Sum256(d.Canonical()) != sha256.Sum256(body) {
				t.Errorf("%s holds other bytes", n.Name())
			}
		}

		ok(t, a.Pause(t.Context()))
		put := func(n *node.Node, path, value string) {
			t.Helper()
			_, err := n.Collection("c").MergePatch(t.Context(), "k", []byte(`{"`+path+`":`+value+`}`), node.PutOptions{})
			ok(t, err)
		}
		put(a, "of-a", `1`)
		put(b, "of-b", `2`)
		ok(t, a.Resume(t.Context()))
		inStep(t, a, b)
		for _, n := range []*node.Node{a, b} {
			d, err := n.Collection("c").Get(t.Context(), "k")
			ok(t, err)
			if !bytes.Contains(d.Canonical(), kindNine) {
				t.Errorf("%s has lost what it does not know", n.Name())
			}
			if _, err := d.At("/of-a", false); err != nil {
				t.Errorf("%s: %v", n.Name(), err)
			}
			if _, err := d.At("/of-b", false); err != nil {
				t.Errorf("%s: %v", n.Name(), err)
			}
		}
		if why, _ := c.fate(); why != "" {
			t.Errorf("the session with the next version ended: %q", why)
		}
	})
}

// inStep waits until two nodes have equal roots, whatever others have.
func inStep(t *testing.T, a, b *node.Node) {
	t.Helper()
	ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
	defer cancel()
	ok(t, a.WaitConverged(ctx, node.WaitOptions{Peers: []string{b.Name()}}))
}

// future makes the crook hold a document of the next version.
func (c *crook) future(t *testing.T, key string) []byte {
	t.Helper()
	w := crdt.NewWriter(c.id, c.counter+1, crdt.Timestamp(c.counter+1)<<16)
	tree, err := crdt.ParseJSON([]byte(`{"next":7}`))
	ok(t, err)
	d, _, err := (*crdt.Document)(nil).Put(w, tree)
	ok(t, err)
	body := bytes.Replace(d.Canonical(), sevenAtNext, kindNine, 1)
	if _, err := crdt.Decode(body); err != nil || bytes.Equal(body, d.Canonical()) {
		t.Fatalf("no document of the next version: %x: %v", body, err)
	}
	last, _ := w.Last()
	c.counter = last.Counter
	c.docs[key] = lie{heads: []crdt.Dot{last}, body: body}
	c.liar.know = c.liar.know.RaiseOwn(c.id, c.counter)
	return body
}
