package crdt_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestRemovedTextStaysRemoved: a text was removed by one who had seen two edits of it, and edited by one who had seen
// the first: of the text that is there again, the second, which nobody has built on, is no part,
// also for who had both and a third that nobody has removed.
func TestRemovedTextStaysRemoved(t *testing.T) {
	put := func(json string) edit {
		p, err := crdt.ParseJSON([]byte(json))
		if err != nil {
			t.Fatal(err)
		}
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Put(w, p) }
	}
	a, b, c, d, e, f := newPeer('a'), newPeer('b'), newPeer('c'), newPeer('d'), newPeer('e'), newPeer('f')
	a.edit(t, put(`{"t":{"$text":"base"}}`))
	b.hear(t, a)
	c.hear(t, a)
	f.hear(t, a)
	b.edit(t, put(`{"t":"base, beta"}`))
	c.edit(t, put(`{"t":"gamma, base"}`))
	a.hear(t, b)
	a.hear(t, c)
	d.hear(t, b)
	e.hear(t, a)
	f.edit(t, put(`{"t":"base phi"}`))
	e.hear(t, f)
	if got, want := string(a.Document.AppendJSON(nil, crdt.FormatPlain)), `{"t":"gamma, base, beta"}`; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	a.edit(t, put(`{}`))
	d.edit(t, put(`{"t":"base, beta, delta"}`))
	d.hear(t, a)
	e.hear(t, d)
	a.hear(t, d)
	a.hear(t, f)
	d.hear(t, f)
	for name, p := range map[string]*peer{"who removed it": a, "who edited it": d, "who had all edits": e} {
		if got, want := string(p.Document.AppendJSON(nil, crdt.FormatPlain)), `{"t":"base, beta, delta phi"}`; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if !bytes.Equal(p.Document.Canonical(), d.Document.Canonical()) {
			t.Errorf("%s holds other bytes", name)
		}
	}
}
