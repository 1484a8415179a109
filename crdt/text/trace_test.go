package text_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
)

func TestSequentialTraces(t *testing.T) {
	for _, name := range []string{"automerge-paper", "rustcode", "sveltecomponent"} {
		t.Run(name, func(t *testing.T) {
			tr := loadTrace(t, name)
			var x text.Text
			tr.edit(t, &x)
			if x.String() != tr.EndContent {
				t.Fatal("content differs from endContent")
			}
			reopened(t, &x)
		})
	}
}

// reopened checks that the bytes of x bring it back: loaded beside its
// content, and merged into an empty text.
func reopened(t *testing.T, x *text.Text) {
	t.Helper()
	canonical := x.AppendCanonical(nil)
	loaded, err := text.Load(canonical, x.String())
	if err != nil {
		t.Fatal(err)
	}
	d, err := text.Decode(canonical)
	if err != nil {
		t.Fatal(err)
	}
	var merged text.Text
	if _, err := merged.Merge(d); err != nil {
		t.Fatal(err)
	}
	for _, y := range []*text.Text{loaded, &merged} {
		if y.String() != x.String() || !y.Frontier().Equal(x.Frontier()) || !bytes.Equal(y.AppendCanonical(nil), canonical) {
			t.Fatal("reopened text differs")
		}
	}
}

func TestConcurrentTrace(t *testing.T) {
	tr := loadTrace(t, "friendsforever")
	updates := tr.updates(t)
	var inTurn text.Text
	for i, d := range updates {
		if _, err := inTurn.Merge(d); err != nil {
			t.Fatalf("update %d: %v", i, err)
		}
	}
	if inTurn.String() != tr.EndContent {
		t.Fatal("content differs from endContent")
	}
	reopened(t, &inTurn)
}

// TestConformance holds the order against 500 histories with real ties.
func TestConformance(t *testing.T) {
	var histories []*trace
	load(t, "fugue-conformance-500", &histories)
	for i, h := range histories {
		updates := h.conformance(t)
		for round := range 3 {
			var x text.Text
			for _, k := range shuffled(updates, round) {
				if _, err := x.Merge(updates[k].delta); err != nil {
					t.Fatalf("history %d: %v", i, err)
				}
			}
			if got := x.String(); got != h.EndContent {
				t.Fatalf("history %d, round %d: %q, want %q", i, round, got, h.EndContent)
			}
			reopened(t, &x)
		}
	}
}

type update struct {
	delta   *text.Delta
	parents []int // earlier updates
}

// conformance makes the transactions of a conformance history, whose parents
// are event numbers.
func (tr *trace) conformance(tb testing.TB) []update {
	var all []update
	var ids []text.ID
	var of []int
	for i, x := range tr.Txns {
		u := update{delta: &text.Delta{}}
		var parents text.Version
		for _, p := range x.Parents {
			parents = append(parents, ids[p])
			u.parents = append(u.parents, of[p])
		}
		agent := text.Agent(x.Agent.(string))
		next := text.ID{Agent: agent, Seq: x.SeqStart}
		for _, p := range x.Ops {
			var err error
			if next, err = p.record(u.delta, next, parents); err != nil {
				tb.Fatal(err)
			}
			parents = text.Version{{Agent: agent, Seq: next.Seq - 1}}
		}
		for k := x.Span[0]; k < x.Span[1]; k++ {
			ids = append(ids, text.ID{Agent: agent, Seq: x.SeqStart + uint64(k-x.Span[0])})
			of = append(of, i)
		}
		all = append(all, u)
	}
	return all
}

// shuffled is a causal order of updates; round 0 is as they are.
func shuffled(updates []update, round int) (order []int) {
	r := rand.New(rand.NewPCG(uint64(round), 7))
	done := make([]bool, len(updates))
	for len(order) < len(updates) {
		var ready []int
		for i, u := range updates {
			ok := !done[i]
			for _, p := range u.parents {
				ok = ok && done[p]
			}
			if ok {
				ready = append(ready, i)
			}
		}
		pick := ready[0]
		if round > 0 {
			pick = ready[r.IntN(len(ready))]
		}
		done[pick] = true
		order = append(order, pick)
	}
	return order
}
