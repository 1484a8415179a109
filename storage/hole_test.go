package storage_test

import "testing"

// A number between two that are remembered, that no own transaction has ended
// with, was signed by somebody else.
func TestCloneIsProvedByAHole(t *testing.T) {
	a, clone, b := newNode(t, 'a'), newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	a.write(t, "people", change{key: "ann", json: `2`})
	b.pull(t, "people", a)
	clone.write(t, "people", change{key: "ann", json: `1`})
	clone.write(t, "people", change{key: "x", json: `2`}, change{key: "y", json: `2`}) // as one, numbers 2 and 3
	if m := clone.merge(t, "people", oneFrame(t, b)); !m.Clone || !m.Renewed {
		t.Errorf("%+v", m)
	}
}
