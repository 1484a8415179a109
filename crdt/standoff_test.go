package crdt_test

import (
	"bytes"
	"strings"
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

// TestForgottenBesideCopies: copies of a store have changed one document under one dot, and who has one of the two
// has also forgotten the removal of something else. What it has forgotten goes, and nothing that the copy wrote.
func TestForgottenBesideCopies(t *testing.T) {
	for _, c := range []struct{ start, x, y string }{
		{`{"a":1}`, `{"a":1,"x":1}`, `{"a":1,"y":2}`},
		{`{"a":1}`, `{"a":1,"x":1}`, `{"a":2}`},
		{`{"a":1}`, `{"a":1,"x":1}`, `{}`},
		{`{"s":{"$set":[]}}`, `{"s":["x"]}`, `{"s":["y"]}`},
		{`{"l":["a"]}`, `{"l":["a","x"]}`, `{"l":["y","a"]}`},
		{`{"t":{"$text":"ab"}}`, `{"t":"abx"}`, `{"t":"yab"}`},
	} {
		t.Run(c.x+c.y, func(t *testing.T) {
			mine, theirs := copied(t, c.start, c.x, c.y)
			removed := newPeer('f')
			removed.edit(t, puts(t, `{"removed":1}`))
			theirs.Forgotten = crdt.Counters{{'f'}: 99}.Vector()
			theirs.Context = theirs.Context.Merge(theirs.Forgotten)
			both, err := crdt.Merge(mine, removed.State)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range []crdt.State{mine, {Document: both.Document, Heads: both.Heads, Context: mine.Context.Merge(removed.Context)}} {
				there, err := crdt.Merge(s, theirs)
				want := mine.Document
				if strings.Contains(c.x, `"t"`) { // of two continuations of a text nobody can tell which dots are forged: all of it stays
					want = s.Document
				}
				if err != nil || !bytes.Equal(there.Document.Canonical(), want.Canonical()) || len(there.Heads) != 1 {
					t.Errorf("%s with heads %v, want %s: %v", typed(there.Document), there.Heads, typed(want), err)
				}
				back, err := crdt.Merge(theirs, s)
				if err != nil || back.Changed || back.HeadsChanged {
					t.Errorf("%s with heads %v, want what was there, %s: %v", typed(back.Document), back.Heads, typed(theirs.Document), err)
				}
			}
		})
	}
}

// TestForgottenUnderTheSameDots: a store was put back and wrote under dots that it had taken before, for what others
// have seen removed, and forgotten. Then it was copied, and both have written on. What is forgotten of the first
// continuation says nothing of the others, as far as these can be told apart.
func TestForgottenUnderTheSameDots(t *testing.T) {
	mine, theirs := copied(t, `{"a":1}`, `{"a":1,"x":1}`, `{"a":2}`)
	theirs.Forgotten = crdt.Counters{mine.Heads[0].Replica: mine.Heads[0].Counter - 1}.Vector()
	mine.Context = theirs.Context.Merge(crdt.Counters{{'f'}: 1}.Vector())
	theirs.Forgotten = theirs.Forgotten.Merge(crdt.Counters{{'g'}: 1}.Vector())
	theirs.Context = theirs.Context.Merge(theirs.Forgotten)
	m, err := crdt.Merge(mine, theirs)
	if err != nil || m.Changed || m.HeadsChanged {
		t.Errorf("%s with heads %v, want %s: %v", typed(m.Document), m.Heads, typed(mine.Document), err)
	}
}

// TestForgottenLeavesAHead: one side holds an earlier document, and the other has forgotten a removal. Each has
// seen the latest change of the other, and counts it as gone: a document without heads would be what nobody has written.
func TestForgottenLeavesAHead(t *testing.T) {
	one := newPeer('d')
	one.edit(t, puts(t, `{"a":1}`))
	earlier, other := one.State, newPeer('b')
	other.State = one.State
	other.edit(t, puts(t, `{"a":1,"b":2}`))
	earlier.Context = other.Context
	later := other.State
	later.Forgotten = later.Context.Merge(crdt.Counters{{'b'}: 99}.Vector())
	later.Context = later.Forgotten
	for _, c := range [][2]crdt.State{{earlier, later}, {later, earlier}} {
		m, err := crdt.Merge(c[0], c[1])
		if err != nil || m.Changed || m.HeadsChanged {
			t.Errorf("%s with heads %v, want %s with %v: %v", typed(m.Document), m.Heads, typed(c[0].Document), c[0].Heads, err)
		}
	}
}

// TestForgottenOnBothSides: two changes were made at the same time, each was removed by somebody who had not heard of the
// other, and these removals are forgotten. Whoever hears of both has neither.
func TestForgottenOnBothSides(t *testing.T) {
	a, b := newPeer('a'), newPeer('b')
	a.edit(t, puts(t, `{"a":1}`))
	b.edit(t, puts(t, `{"b":1}`))
	both := a.Context.Merge(b.Context)
	mine, theirs := a.State, b.State
	mine.Forgotten = b.Context.Merge(crdt.Counters{{'r'}: 1}.Vector()) // what b wrote, and the removal of that
	theirs.Forgotten = a.Context.Merge(crdt.Counters{{'s'}: 1}.Vector())
	mine.Context, theirs.Context = both.Merge(mine.Forgotten), both.Merge(theirs.Forgotten)
	for _, c := range [][2]crdt.State{{mine, theirs}, {theirs, mine}} {
		m, err := crdt.Merge(c[0], c[1])
		if err != nil || !m.Document.IsEmpty() || len(m.Heads) > 0 {
			t.Errorf("%s with heads %v: %v", typed(m.Document), m.Heads, err)
		}
	}
}
