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
	a, b, c, d, e, f := newPeer('a'), newPeer('b'), newPeer('c'), newPeer('d'), newPeer('e'), newPeer('f')
	a.edit(t, puts(t, `{"t":{"$text":"base"}}`))
	b.hear(t, a)
	c.hear(t, a)
	f.hear(t, a)
	b.edit(t, puts(t, `{"t":"base, beta"}`))
	c.edit(t, puts(t, `{"t":"gamma, base"}`))
	a.hear(t, b)
	a.hear(t, c)
	d.hear(t, b)
	e.hear(t, a)
	f.edit(t, puts(t, `{"t":"base phi"}`))
	e.hear(t, f)
	if got, want := string(a.Document.AppendJSON(nil, crdt.FormatPlain)), `{"t":"gamma, base, beta"}`; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	a.edit(t, puts(t, `{}`))
	d.edit(t, puts(t, `{"t":"base, beta, delta"}`))
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
