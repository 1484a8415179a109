package crdt_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// TestReadmit: what comes back of a replica of which nobody counts anything is all
// there, under dots that are counted, and is there once where the same is taken back twice.
func TestReadmit(t *testing.T) {
	for _, c := range []struct{ name, base, kept, now, want string }{
		{"nothing is there", ``, `{"l":[1,{"a":[2]}],"n":{"$counter":5},"s":{"$set":["x"]},"t":{"$text":"hello"},"v":7}`, ``, `{"l":[1,{"a":[2]}],"n":5,"s":["x"],"t":"hello","v":7}`},
		{"more elements", `{"l":[1,3]}`, `{"l":[0,1,2,3,4]}`, `{"l":[1,3]}`, `{"l":[0,1,2,3,4]}`},
		{"elements that were removed", `{"l":[1,2,3]}`, `{"l":[1,2,3,4]}`, `{"l":[3]}`, `{"l":[3,4]}`},
		{"fields that were removed", `{"a":1,"b":2}`, `{"a":1,"b":2,"c":3}`, `{"b":2}`, `{"b":2,"c":3}`},
		{"words", `{"t":{"$text":"one"}}`, `{"t":"one two"}`, `{"t":"one"}`, `{"t":"one two"}`},
		{"nested lists", `{"l":[[1],[2]]}`, `{"l":[[1,5],[2],[6]]}`, `{"l":[[1],[2]]}`, `{"l":[[1,5],[2],[6]]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b, lost := newPeer(1), newPeer(2), newPeer(9)
			for _, fn := range putAll(t, some(c.base)) {
				a.edit(t, fn)
			}
			lost.hear(t, a)
			b.hear(t, a)
			for _, fn := range putAll(t, some(c.kept)) {
				lost.edit(t, fn)
			}
			for _, fn := range putAll(t, some(c.now)) {
				a.edit(t, fn)
			}
			b.hear(t, a)
			readmit(t, a, lost.Document)
			b.hear(t, a)
			if readmit(t, b, lost.Document) {
				t.Error("it was written twice")
			}
			for _, p := range []*peer{a, b} {
				if got := string(p.Document.AppendJSON(nil, crdt.FormatPlain)); got != c.want || len(p.Document.Conflicts()) > 0 {
					t.Errorf("%s, %d conflicts, want %s", got, len(p.Document.Conflicts()), c.want)
				}
			}
		})
	}
}

func some(json string) []string {
	if json == "" {
		return nil
	}
	return []string{json}
}

// readmit takes back at p what was kept, and makes sure that a peer would take it.
func readmit(t rapid.TB, p *peer, kept *crdt.Document) (changed bool) {
	t.Helper()
	p.edit(t, func(_ *crdt.Document, w *crdt.Writer) (d *crdt.Document, _ bool, err error) {
		d, changed, err = crdt.Readmit(w, p.State, kept)
		return d, changed, err
	})
	if err := p.Document.Check(p.Context); err != nil {
		t.Fatalf("nobody would take it: %v", err)
	}
	if d, err := crdt.Decode(p.Document.Canonical()); err != nil || string(d.Canonical()) != string(p.Document.Canonical()) {
		t.Fatalf("it does not decode: %v", err)
	}
	return changed
}

// TestReadmitAny: of any history what a replica has that nobody counts comes back, and a
// second peer that has kept the same, or an earlier state of it, and heard of that writes no
// more than what it alone has.
func TestReadmitAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, lost := newPeer(1), newPeer(2), newPeer(9)
		draw := func(p *peer, label string) {
			for range rapid.IntRange(0, 4).Draw(t, label) {
				_ = p.try(drawEdit(t, p.Document)) // what cannot be done there is not done
			}
		}
		draw(a, "base")
		lost.hear(t, a)
		b.hear(t, a)
		draw(lost, "kept")
		draw(a, "now")
		draw(b, "at b")
		b.hear(t, a)
		was := lost.Document
		readmit(t, a, was)
		b.hear(t, a)
		readmit(t, b, was)
		a.hear(t, b)
		b.hear(t, a)
		if string(a.Document.Canonical()) != string(b.Document.Canonical()) {
			t.Fatalf("they differ: %s and %s", a.Document.AppendJSON(nil, crdt.FormatTyped), b.Document.AppendJSON(nil, crdt.FormatTyped))
		}
	})
}
