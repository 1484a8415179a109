package crdt

import (
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// BenchmarkKeystroke types a letter into the text of automerge-paper, one
// transaction each, in a document that stays in memory: anywhere in turn.
func BenchmarkKeystroke(b *testing.B) {
	raw, _ := paper(b, "automerge-paper")
	d, err := Decode(raw)
	if err != nil {
		b.Fatal(err)
	}
	w := NewWriter(ann, 1<<30, 2)
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		at = (at + 7919) % 100_000
		if d, _, err = d.EditText(w, Pointer{"t"}, func(t *TextEdit) error { return t.Insert(at, "x") }); err != nil {
			b.Fatal(err)
		}
	}
}

// together is a trace of authors who type at the same time.
type together struct {
	EndContent string
	Txns       []struct {
		Parents []int
		Agent   int
		Patches []patch
	}
}

// states are what the author of each transaction from number from on had to
// send: the events of it, and the heads and the context after it; before these
// comes the whole as it was then.
func (h *together) states(tb testing.TB, from int) (before State, all []State) {
	tb.Helper()
	created := entry{KindText, creator, 1, valueNull}
	contexts, ends := make([]VersionVector, len(h.Txns)), make([]text.Version, len(h.Txns))
	var whole text.Text
	seen := VersionVector{}
	for i, x := range h.Txns {
		r := ReplicaID{byte(x.Agent + 1)}
		context := Counters{creator.Replica: creator.Counter}.Vector()
		var parents text.Version
		for _, p := range x.Parents {
			context, parents = context.Merge(contexts[p]), append(parents, ends[p]...)
		}
		id := text.ID{Agent: agentOf(r), Seq: seen.Counter(r) + 1}
		d := &text.Delta{}
		record := func(n int, err error) {
			if err != nil {
				tb.Fatal(err)
			}
			if n > 0 {
				id.Seq += uint64(n)
				parents = text.Version{{Agent: id.Agent, Seq: id.Seq - 1}}
			}
		}
		for _, p := range x.Patches {
			record(p.deleted, d.Delete(id, parents, p.at, p.deleted))
			record(utf8.RuneCountInString(p.inserted), d.Insert(id, parents, p.at, p.inserted))
		}
		context.Raise(r, id.Seq-1)
		seen.Set(r, id.Seq-1)
		contexts[i], ends[i] = context, text.Version{{Agent: id.Agent, Seq: id.Seq - 1}}
		if i < from {
			if _, err := whole.Merge(d); err != nil {
				tb.Fatal(err)
			}
			continue
		}
		head := entry{KindText, Dot{r, id.Seq - 1}, Timestamp(i + 2), valueHead}
		part := &prose{graph: string(d.Append(nil)), partial: true}
		all = append(all, State{Document: newDocument((&node{}).withText([]entry{created, head}, part), 0), Context: context})
	}
	entries := []entry{created}
	context := Counters{creator.Replica: creator.Counter}.Vector()
	for _, id := range whole.Frontier() {
		r, _ := replicaOf(id.Agent)
		entries = append(entries, entry{KindText, Dot{r, id.Seq}, 2, valueHead})
	}
	for i := range from {
		context = context.Merge(contexts[i])
	}
	return State{Document: newDocument((&node{}).withText(entries, newProse(&whole)), 0), Context: context}, all
}

// BenchmarkTogether merges the last 500 transactions of friendsforever, one by
// one, as the documents that peers send.
func BenchmarkTogether(b *testing.B) {
	var h together
	outside(b, "friendsforever", &h)
	before, updates := h.states(b, len(h.Txns)-500)
	b.ReportAllocs()
	for b.Loop() {
		now := before
		for _, u := range updates {
			m, err := Merge(now, u)
			if err != nil {
				b.Fatal(err)
			}
			now = State{Document: m.Document, Heads: m.Heads, Context: now.Context.Merge(u.Context)}
		}
		if now.Document.root.text().content != h.EndContent {
			b.Fatal("another text")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(updates)), "ns/update")
}
