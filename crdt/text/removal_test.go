package text_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// holder is what a document needs of a text: the live dots are the frontier of
// its events, and they join like the dots of everything else (Law A).
type holder struct {
	text *text.Text            // the closure of live
	live text.Version          // sorted
	seen map[text.Agent]uint64 // the next sequence number not seen
}

func (h *holder) has(id text.ID) bool { return id.Seq < h.seen[id.Agent] }

// joined is (L∩R) ∪ (L\D) ∪ (R\C), and the closure of that.
func joined(t *rapid.T, l, r *holder) *holder {
	j := &holder{text: l.text.Clone(), seen: maps.Clone(l.seen)}
	for a, s := range r.seen {
		j.seen[a] = max(j.seen[a], s)
	}
	for _, id := range l.live {
		if slices.Contains(r.live, id) || !r.has(id) {
			j.live = append(j.live, id)
		}
	}
	for _, id := range r.live {
		if !l.has(id) {
			j.live = append(j.live, id)
		}
	}
	slices.SortFunc(j.live, text.ID.Compare)
	if _, err := j.text.Merge(r.text.Delta(nil)); err != nil {
		t.Fatal(err)
	}
	var err error
	if j.text, err = j.text.Closure(j.live); err != nil {
		t.Fatal(err)
	}
	if !j.text.Frontier().Equal(j.live) {
		t.Fatalf("frontier %s, live dots %s", j.text.Frontier(), j.live)
	}
	return j
}

// TestRemovedWhileTyping mixes typing, removals and later typing on three
// replicas, and merges their states in all orders and groupings.
func TestRemovedWhileTyping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agents := []text.Agent{"a", "b", "c"}
		var all []*holder
		for range agents {
			all = append(all, &holder{text: &text.Text{}, seen: map[text.Agent]uint64{}})
		}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "replica")
			h := all[i]
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0, 1:
				all[i] = joined(t, h, all[rapid.IntRange(0, 2).Draw(t, "from")])
			case 2: // the removal takes a number of its own (Law D)
				h.text, h.live = &text.Text{}, nil
				h.seen[agents[i]]++
			default:
				h.text = h.text.Clone()
				at := rapid.IntRange(0, h.text.Len()).Draw(t, "at")
				if err := h.text.Insert(agents[i], h.seen[agents[i]], at, "xy"); err != nil {
					t.Fatal(err)
				}
				h.seen[agents[i]] += 2
				h.live = h.text.Frontier()
			}
		}
		want := joined(t, joined(t, all[0], all[1]), all[2])
		for _, got := range []*holder{
			joined(t, all[0], joined(t, all[1], all[2])),
			joined(t, joined(t, all[2], all[1]), all[0]),
			joined(t, joined(t, joined(t, all[2], all[0]), all[1]), all[0]),
		} {
			if got.text.String() != want.text.String() || !bytes.Equal(got.text.AppendCanonical(nil), want.text.AppendCanonical(nil)) {
				t.Fatalf("%q, want %q", got.text.String(), want.text.String())
			}
		}
	})
}
