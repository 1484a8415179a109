package antientropy

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestNamedBeforeWhatWasLeftOver: while the peer compares a run of keys, frames of parts that need
// no comparison go on, and documents may be read and left over. One that the peer names
// then, and that comes before them, goes before them.
func TestNamedBeforeWhatWasLeftOver(t *testing.T) {
	f := newFake("a")
	c := f.collection("c")
	c.put(10, "k02") // the peer has seen it
	c.put(200, "k01", "k03", "k04")
	view, err := f.View("c")
	if err != nil {
		t.Fatal(err)
	}
	known := crdt.Knowledge{}.RaiseOwn(f.id, 1)
	d := &drain{view: view, mine: view.Knowledge(), reduces: func(string) bool { return false }, comparison: &comparison{number: 1, cells: leastCells}}
	var got []string
	next := func() {
		t.Helper()
		frame, err := d.next(known, Limits{Frame: 1, Whole: 300, Documents: 10})
		if err != nil || frame == nil {
			t.Fatalf("%v, %v", frame, err)
		}
		if err := frame.check(); err != nil {
			t.Fatalf("after %q: %v", got, err)
		}
		for _, doc := range frame.Documents {
			got = append(got, doc.Key)
		}
		known = known.Raise(frame.From, frame.To, frame.Base, frame.Vector)
	}
	next()
	if len(d.loaded) == 0 {
		t.Fatal("nothing is left over")
	}
	d.named("", []string{"k02"})
	for !d.ended {
		next()
	}
	if want := "k01 k02 k03 k04"; strings.Join(got, " ") != want {
		t.Errorf("sent %q, want %s", got, want)
	}
}
