package crdt_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestRepairOfCopies: two copies of a store have changed one document under one dot, each something else, or the same
// thing to something else. The repair keeps what both have written (Law F): the dot can stay with neither.
func TestRepairOfCopies(t *testing.T) {
	for _, c := range []struct{ start, x, y, want string }{
		{`{"a":1}`, `{"a":1,"x":1}`, `{"a":1,"y":2}`, `{"a":1,"x":1,"y":2}`},
		{`{"a":{}}`, `{"a":{"x":{"b":1}}}`, `{"a":{},"y":{"c":2}}`, `{"a":{"x":{"b":1}},"y":{"c":2}}`},
		{`{"s":{"$set":[]}}`, `{"s":["x"]}`, `{"s":["y"]}`, `{"s":["x","y"]}`},
		{`{"s":{"$set":[]}}`, `{"s":["x"]}`, `{"s":[],"y":2}`, `{"s":["x"],"y":2}`},
		{`{"l":["a"]}`, `{"l":["a"],"x":1}`, `{"l":["a","y"]}`, `{"l":["a","y"],"x":1}`},
		{`{"t":{"$text":"ab"}}`, `{"t":"ab","x":1}`, `{"t":"abc"}`, `{"t":"abc","x":1}`},
	} {
		t.Run(c.x+c.y, func(t *testing.T) {
			x, y := copied(t, c.start, c.x, c.y)
			d := dispute(t, []crdt.State{x, y}).settle()
			if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	t.Run("one field", func(t *testing.T) {
		x, y := copied(t, `{"a":1}`, `{"a":"x"}`, `{"a":"y"}`)
		d := dispute(t, []crdt.State{x, y}).settle()
		var values []string
		for _, c := range d.Conflicts() {
			for _, v := range c.Candidates {
				values = append(values, string(v.JSON))
			}
		}
		if slices.Sort(values); !slices.Equal(values, []string{`"x"`, `"y"`}) {
			t.Errorf("%s: %v are there", d.AppendJSON(nil, crdt.FormatTyped), values)
		}
	})
}

// copied are two states that two copies of one store come to from a document.
func copied(t *testing.T, start, x, y string) (a, b crdt.State) {
	t.Helper()
	one := newPeer('a')
	one.edit(t, puts(t, start))
	other := *one
	one.edit(t, puts(t, x))
	other.edit(t, puts(t, y))
	return one.State, other.State
}
