package text_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// TestMergeOrders merges random histories in any causal order: the text is the
// oracle's, and bytes depend on the events alone.
func TestMergeOrders(t *testing.T) {
	t.Run("short", rapid.MakeCheck(func(t *rapid.T) { mergeOrders(t, drawHistory(t, 1, 14)) }))
	t.Run("long", rapid.MakeCheck(func(t *rapid.T) { mergeOrders(t, drawHistory(t, 40, 60)) }))
}

func mergeOrders(t *rapid.T, h *history) {
	want := h.oracle.show(h.all())
	var canonical []byte
	for round := range 4 {
		var x text.Text
		for _, k := range shuffled(h.updates, round) {
			if _, err := x.Merge(h.updates[k].delta); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		if got := x.String(); got != want {
			t.Fatalf("round %d: %q, want %q", round, got, want)
		}
		if b := x.AppendCanonical(nil); canonical == nil {
			canonical = b
		} else if !bytes.Equal(b, canonical) {
			t.Fatalf("round %d: other canonical bytes", round)
		}
	}
}

// TestGroupings builds several replicas that hold parts of a history, lets
// them exchange encoded deltas in any grouping, and repeats some.
func TestGroupings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, 5, 20)
		replicas := make([]*text.Text, 3)
		for i := range replicas {
			replicas[i] = &text.Text{}
			order := shuffled(h.updates, i+1)
			for _, k := range order[:rapid.IntRange(0, len(order)).Draw(t, "known")] {
				if _, err := replicas[i].Merge(h.updates[k].delta); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, k := range shuffled(h.updates, 0) {
			if _, err := replicas[0].Merge(h.updates[k].delta); err != nil {
				t.Fatal(err)
			}
		}
		for _, pair := range [][2]int{{1, 2}, {2, 1}, {0, 1}, {0, 1}, {1, 2}, {2, 0}} {
			exchange(t, replicas[pair[0]], replicas[pair[1]], rapid.Bool().Draw(t, "whole"))
		}
		for _, x := range replicas {
			if x.String() != h.oracle.show(h.all()) || !bytes.Equal(x.AppendCanonical(nil), replicas[0].AppendCanonical(nil)) {
				t.Fatalf("%q, want %q", x.String(), h.oracle.show(h.all()))
			}
		}
	})
}

// exchange brings what from has to to, as encoded bytes, and checks that the
// reported edits are what changed.
func exchange(t *rapid.T, from, to *text.Text, whole bool) {
	since := to.Frontier()
	if whole {
		since = nil
	}
	encoded := from.Delta(since).Append(nil)
	d, err := text.Decode(encoded)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := text.NewRope(to.String())
	if err != nil {
		t.Fatal(err)
	}
	edits, err := to.Merge(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		if err := shown.Replace(e.Pos, e.Deleted, e.Inserted); err != nil {
			t.Fatal(err)
		}
	}
	if shown.String() != to.String() {
		t.Fatalf("edits make %q of it, not %q", shown.String(), to.String())
	}
	if rel, err := to.Compare(to.Frontier(), from.Frontier()); err != nil || rel == text.Before || rel == text.Concurrent {
		t.Fatalf("after merge: %v, %v", rel, err)
	}
}

// TestLocalEdits mixes local edits into merges, so that kept walkers catch up
// with what they have not seen.
func TestLocalEdits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agents := []text.Agent{"a", "b", "c"}
		replicas := []*text.Text{{}, {}, {}}
		seqs := make([]uint64, 3)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "replica")
			x := replicas[i]
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				exchange(t, replicas[rapid.IntRange(0, 2).Draw(t, "from")], x, false)
			case 1:
				at := rapid.IntRange(0, x.Len()).Draw(t, "at")
				n := rapid.IntRange(0, min(3, x.Len()-at)).Draw(t, "n")
				if err := x.Delete(agents[i], seqs[i], at, n); err != nil {
					t.Fatal(err)
				}
				seqs[i] += uint64(n)
			case 2:
				x.Cool()
			default:
				if err := x.Insert(agents[i], seqs[i], rapid.IntRange(0, x.Len()).Draw(t, "at"), "uv"); err != nil {
					t.Fatal(err)
				}
				seqs[i] += 2
			}
		}
		for _, pair := range [][2]int{{0, 1}, {1, 2}, {2, 0}, {2, 1}} {
			exchange(t, replicas[pair[0]], replicas[pair[1]], false)
		}
		canonical := replicas[0].AppendCanonical(nil)
		d, err := text.Decode(canonical)
		if err != nil {
			t.Fatal(err)
		}
		var fresh text.Text
		if _, err := fresh.Merge(d); err != nil {
			t.Fatal(err)
		}
		for _, x := range append(replicas, &fresh) {
			if x.String() != replicas[0].String() || !bytes.Equal(x.AppendCanonical(nil), canonical) {
				t.Fatalf("%q, want %q", x.String(), replicas[0].String())
			}
		}
	})
}

// TestClosures cuts histories down to any version: what is left is what the
// oracle shows there, and merging the rest brings all back.
func TestClosures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := drawHistory(t, 1, 12)
		var whole text.Text
		for _, k := range shuffled(h.updates, 1) {
			if _, err := whole.Merge(h.updates[k].delta); err != nil {
				t.Fatal(err)
			}
		}
		var heads []int
		var version text.Version
		for range rapid.IntRange(0, 2).Draw(t, "heads") {
			e := rapid.IntRange(0, len(h.oracle.events)-1).Draw(t, "head")
			heads = append(heads, e)
			version = append(version, h.oracle.events[e].id)
		}
		part, err := whole.Closure(version)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := part.String(), h.oracle.show(heads); got != want {
			t.Fatalf("closure of %s: %q, want %q", version, got, want)
		}
		if part.Events() != len(h.oracle.ancestors(heads)) {
			t.Fatalf("closure has %d events", part.Events())
		}
		exchange(t, &whole, part, false)
		if !bytes.Equal(part.AppendCanonical(nil), whole.AppendCanonical(nil)) {
			t.Fatal("not whole again")
		}
	})
}

// TestBeyond finds what another side lacks by counting agents, even if that
// side names heads that are not here.
func TestBeyond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x, y text.Text
		seen := map[text.Agent]uint64{}
		var ids []text.ID
		for i := range rapid.IntRange(1, 20).Draw(t, "edits") {
			who := rapid.SampledFrom([]text.Agent{"a", "b"}).Draw(t, "agent")
			side := map[text.Agent]*text.Text{"a": &x, "b": &y}[who]
			first := uint64(10*i + 1)
			if err := side.Insert(who, first, rapid.IntRange(0, side.Len()).Draw(t, "at"), "xyz"); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, text.ID{Agent: who, Seq: first}, text.ID{Agent: who, Seq: first + 1}, text.ID{Agent: who, Seq: first + 2})
			if rapid.Bool().Draw(t, "exchange") {
				exchange(t, &x, &y, false)
			}
			if rapid.Bool().Draw(t, "back") {
				exchange(t, &y, &x, false)
			}
		}
		missing := 0
		for _, id := range ids {
			if y.Contains(id) {
				seen[id.Agent] = id.Seq
			} else if x.Contains(id) {
				missing++
			}
		}
		d, err := text.Decode(x.Beyond(func(a text.Agent) uint64 { return seen[a] }).Append(nil))
		if err != nil || d.Len() != missing {
			t.Fatalf("%d events, want %d: %v", d.Len(), missing, err)
		}
		if _, err := y.Merge(d); err != nil {
			t.Fatal(err)
		}
		exchange(t, &y, &x, false)
		if x.String() != y.String() {
			t.Fatalf("%q and %q", x.String(), y.String())
		}
	})
}

func TestCompare(t *testing.T) {
	x := sample(t)
	ann, bob, all := text.Version{at("ann", 5)}, text.Version{at("bob", 20)}, x.Frontier()
	for _, c := range []struct {
		a, b text.Version
		want text.Relation
	}{
		{ann, ann, text.Equal}, {nil, nil, text.Equal}, {all, append(all, ann...), text.Equal},
		{nil, ann, text.Before}, {ann, all, text.Before}, {all, bob, text.After},
		{ann, bob, text.Concurrent}, {ann, text.Version{at("ann", 4), at("bob", 7)}, text.Concurrent},
	} {
		if got, err := x.Compare(c.a, c.b); err != nil || got != c.want {
			t.Errorf("%s to %s: %s, %v, want %s", c.a, c.b, got, err, c.want)
		}
	}
}

// TestClone edits a clone: the original stays.
func TestClone(t *testing.T) {
	var x text.Text
	r := rand.New(rand.NewPCG(1, 2))
	for i := range uint64(2000) {
		if err := x.Insert("a", i, r.IntN(x.Len()+1), "é"); err != nil {
			t.Fatal(err)
		}
	}
	content, canonical := x.String(), x.AppendCanonical(nil)
	y := x.Clone()
	for i := range uint64(100) {
		if err := y.Insert("a", 2000+i, r.IntN(y.Len()+1), "y"); err != nil {
			t.Fatal(err)
		}
		if err := y.Delete("b", i, r.IntN(y.Len()), 1); err != nil {
			t.Fatal(err)
		}
	}
	if x.String() != content || !bytes.Equal(x.AppendCanonical(nil), canonical) {
		t.Error("the original changed")
	}
	bring(t, y, &x)
	if x.String() != y.String() {
		t.Error("clone and original do not merge")
	}
}

func bring(t *testing.T, from, to *text.Text) {
	t.Helper()
	if _, err := to.Merge(from.Delta(to.Frontier())); err != nil {
		t.Fatal(err)
	}
}
