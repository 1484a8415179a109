package crdt_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// merge merges what must merge.
func merge(t rapid.TB, a, b crdt.State) crdt.Merged {
	t.Helper()
	m, err := crdt.Merge(a, b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestMergeIsLawA states the join once more, over nothing but dots.
func TestMergeIsLawA(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states := crdttest.States(t)
		a := states[rapid.IntRange(0, len(states)-1).Draw(t, "a")]
		b := states[rapid.IntRange(0, len(states)-1).Draw(t, "b")]
		m := merge(t, a, b)
		check := func(what string, l, r, got []crdt.Dot) {
			var want []crdt.Dot
			for _, d := range slices.Concat(l, r) {
				inL, inR := slices.Contains(l, d), slices.Contains(r, d)
				if inL && inR || inL && !b.Context.Has(d) || inR && !a.Context.Has(d) {
					want = append(want, d)
				}
			}
			slices.SortFunc(want, crdt.Dot.Compare)
			slices.SortFunc(got, crdt.Dot.Compare)
			if !slices.Equal(slices.Compact(want), got) {
				t.Fatalf("%s: %v, not %v", what, got, want)
			}
		}
		check("live", slices.Collect(a.Document.Dots()), slices.Collect(b.Document.Dots()), slices.Collect(m.Document.Dots()))
		check("heads", a.Heads, b.Heads, slices.Clone(m.Heads))
		if m.MaxTime != b.Document.MaxTime() {
			t.Fatalf("MaxTime is %v", m.MaxTime)
		}
	})
}

// clone is a document whose replica counts on from a point where it has
// counted on already: the same dots with other bytes.
func clone(t rapid.TB, base *crdt.Document, op crdt.Op) crdt.State {
	w := crdt.NewWriter(crdt.ReplicaID{'a'}, 50, 50)
	d, _, err := base.Apply(w, []crdt.Op{op})
	if err != nil {
		t.Fatal(err)
	}
	return crdt.State{Document: d, Context: crdt.Counters{{'a'}: 60}.Vector()}
}

func TestMergeOfForgedDots(t *testing.T) {
	base := put(t, `{"x":1,"y":1,"n":{"$counter":1},"s":{"$set":["a"]}}`)
	ops := []crdt.Op{
		{Op: "set", Path: crdt.Pointer{"x"}, Value: parse(t, "2")},
		{Op: "set", Path: crdt.Pointer{"x"}, Value: parse(t, "3")},
		{Op: "set", Path: crdt.Pointer{"x"}, Value: parse(t, `{"$counter":3}`)},
		{Op: "set", Path: crdt.Pointer{"y"}, Value: parse(t, "2")},
		{Op: "set", Path: crdt.Pointer{"new"}, Value: parse(t, `{"z":1}`)},
		{Op: "incr", Path: crdt.Pointer{"n"}, By: 5},
		{Op: "add", Path: crdt.Pointer{"s"}, Value: parse(t, `"b"`)},
		{Op: "set", Path: crdt.Pointer{}, Value: parse(t, `"flat"`)},
	}
	for i := range ops {
		for j := range ops {
			a, b := clone(t, base, ops[i]), clone(t, base, ops[j])
			ab, ba := merge(t, a, b), merge(t, b, a)
			if i == j {
				if ab.Forged != 0 || ab.Changed {
					t.Errorf("%d is not itself", i)
				}
				continue
			}
			if ab.Forged == 0 || ab.Forged != ba.Forged {
				t.Errorf("%d and %d: %d and %d forged", i, j, ab.Forged, ba.Forged)
			}
			if !bytes.Equal(ab.Document.AppendCanonical(nil), ba.Document.AppendCanonical(nil)) {
				t.Errorf("%d and %d: %s or %s", i, j, typed(ab.Document), typed(ba.Document))
			}
			checkDecode(t, ab.Document.AppendCanonical(nil))
			if n := slices.Collect(ab.Document.Dots()); !slices.Contains(n, dot('a', 50)) {
				t.Errorf("%d and %d: the dot is lost", i, j)
			}
			for k := range ops {
				c := clone(t, base, ops[k])
				bc := merge(t, b, c)
				left := merge(t, crdt.State{Document: ab.Document, Context: a.Context}, c)
				right := merge(t, a, crdt.State{Document: bc.Document, Context: a.Context})
				if !bytes.Equal(left.Document.AppendCanonical(nil), right.Document.AppendCanonical(nil)) {
					t.Errorf("%d %d %d: %s or %s", i, j, k, typed(left.Document), typed(right.Document))
				}
			}
		}
	}
}

// TestMergeOfManyEntries has more entries at one path than are compared one
// by one.
func TestMergeOfManyEntries(t *testing.T) {
	var states []crdt.State
	for i := range 40 {
		r := crdt.ReplicaID{byte(i + 1)}
		w := crdt.NewWriter(r, 1, crdt.Timestamp(i))
		d, _, err := (*crdt.Document)(nil).Apply(w, []crdt.Op{{Op: "incr", By: 1}})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, crdt.State{Document: d, Context: crdt.Counters{r: w.Next - 1}.Vector()})
	}
	all := func(order []int) crdt.State {
		var out crdt.State
		for _, i := range order {
			m := merge(t, out, states[i])
			out = crdt.State{Document: m.Document, Context: out.Context.Merge(states[i].Context)}
		}
		return out
	}
	var up []int
	for i := range states {
		up = append(up, i)
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	a, b := all(append(up, up...)), all(down)
	if typed(a.Document) != `{"$counter":40}` || typed(b.Document) != typed(a.Document) {
		t.Errorf("%s, %s", typed(a.Document), typed(b.Document))
	}
	checkDecode(t, a.Document.AppendCanonical(nil))
	gone, _, _ := a.Document.Delete(later())
	context := a.Context
	context.Raise(crdt.ReplicaID{'b'}, 1)
	if m := merge(t, b, crdt.State{Document: gone, Context: context}); !m.Document.IsEmpty() || !m.Changed {
		t.Errorf("not gone: %s", typed(m.Document))
	}
}

func TestMergeOfManyHeads(t *testing.T) {
	var a, b, want []crdt.Dot
	ca, cb := crdt.VersionVector{}, crdt.VersionVector{}
	for i := range 60 {
		d := dot(byte(i+1), 1)
		if i < 40 {
			a = append(a, d)
			ca.Raise(d.Replica, 1)
		}
		if i >= 20 {
			b = append(b, d)
			cb.Raise(d.Replica, 1)
		}
		want = append(want, d)
	}
	cb.Raise(replica(1), 1) // b has seen the first one superseded
	if got := crdt.MergeHeads(a, ca, b, cb); !slices.Equal(got, want[1:]) {
		t.Errorf("%v", got)
	}
}

// TestDeletedStaysDeleted is Law B: an old state brings nothing back.
func TestDeletedStaysDeleted(t *testing.T) {
	old := crdt.State{Document: put(t, `{"a":1}`), Heads: []crdt.Dot{dot('a', 2)}, Context: crdt.Counters{{'a'}: 2}.Vector()}
	w := later()
	gone, _, _ := old.Document.Delete(w)
	head, _ := w.Last()
	now := crdt.State{Document: gone, Heads: []crdt.Dot{head}, Context: crdt.Counters{{'a'}: 2, {'b'}: 1}.Vector()}
	for _, m := range []crdt.Merged{merge(t, old, now), merge(t, now, old)} {
		if !m.Document.IsEmpty() || !slices.Equal(m.Heads, now.Heads) {
			t.Errorf("%s, heads %v", typed(m.Document), m.Heads)
		}
	}
	if m := merge(t, now, old); m.Changed || m.HeadsChanged {
		t.Error("an old state changed something")
	}
}
