package crdt_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestForgottenRemovalIsNoStandoff: one side holds what the other has seen removed,
// and forgotten the removal of. Each has seen the heads of the other, but not the same.
func TestForgottenRemovalIsNoStandoff(t *testing.T) {
	write := func(r byte, json string) (*crdt.Document, crdt.Dot) {
		w := crdt.NewWriter(crdt.ReplicaID{r}, 1, 1<<16)
		p, err := crdt.ParseJSON([]byte(json))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := (*crdt.Document)(nil).Put(w, p)
		if err != nil {
			t.Fatal(err)
		}
		head, _ := w.Last()
		return d, head
	}
	mine, head := write('b', `{"removed":1}`)
	theirs, other := write('d', `{"kept":1}`)
	both, err := crdt.Merge(crdt.State{Document: mine, Heads: []crdt.Dot{head}, Context: crdt.Counters{{'b'}: 2}.Vector()},
		crdt.State{Document: theirs, Heads: []crdt.Dot{other}, Context: crdt.Counters{{'d'}: 2}.Vector()})
	if err != nil {
		t.Fatal(err)
	}
	seen := crdt.Counters{{'b'}: 9, {'d'}: 2}.Vector() // the removal is b:9, or before
	m, err := crdt.Merge(
		crdt.State{Document: both.Document, Heads: both.Heads, Context: crdt.Counters{{'b'}: 2, {'d'}: 2}.Vector()},
		crdt.State{Document: theirs, Heads: []crdt.Dot{other}, Context: seen, Forgotten: seen})
	if err != nil || string(m.Document.Canonical()) != string(theirs.Canonical()) || len(m.Heads) != 1 {
		t.Errorf("%s with heads %v, %v: what was removed is there", m.Document.AppendJSON(nil, crdt.FormatPlain), m.Heads, err)
	}
}
