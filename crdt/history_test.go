package crdt

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// patch is [position, deleted, inserted] in code points.
type patch struct {
	at, deleted int
	inserted    string
}

func (p *patch) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&p.at, &p.deleted, &p.inserted})
}

// history is an editing history of the outside test data: transactions, of
// which each names the events that it builds on.
type history struct {
	EndContent string
	Txns       []struct {
		Span     [2]int
		Parents  []int
		Agent    string
		SeqStart uint64
		Ops      []patch
		Patches  []patch
	}
}

// outside reads a file of the outside test data into v, or skips the test.
func outside(tb testing.TB, name string, v any) {
	tb.Helper()
	dir := os.Getenv("CRDTSTORE_TESTDATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, name+".json.gz"))
	if os.IsNotExist(err) {
		tb.Skipf("no outside test data: %v (set CRDTSTORE_TESTDATA)", err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.NewDecoder(z).Decode(v); err != nil {
		tb.Fatal(err)
	}
}

// dots names every event of the history. An author begins where 1 is the
// presence of the text, which everybody has seen.
func (h *history) dots() []Dot {
	var dots []Dot
	for _, x := range h.Txns {
		var r ReplicaID
		copy(r[:], x.Agent)
		for i := range uint64(x.Span[1] - x.Span[0]) {
			dots = append(dots, Dot{r, x.SeqStart + i + 1})
		}
	}
	return dots
}

var creator = Dot{ReplicaID{0xff}, 1}

// state is a document with the first transactions of each author, as many as
// had says; what these build on must be among them.
func (h *history) state(tb testing.TB, dots []Dot, had map[int]bool) State {
	var d text.Delta
	context := Counters{creator.Replica: creator.Counter}.Vector()
	for i, x := range h.Txns {
		if !had[i] {
			continue
		}
		var parents text.Version
		for _, p := range x.Parents {
			parents = append(parents, eventID(dots[p]))
		}
		at := x.Span[0]
		record := func(n int, add func(id text.ID) error) {
			if n == 0 {
				return
			}
			if err := add(eventID(dots[at])); err != nil {
				tb.Fatal(err)
			}
			at += n
			parents = text.Version{eventID(dots[at-1])}
		}
		for _, p := range x.Ops {
			record(p.deleted, func(id text.ID) error { return d.Delete(id, parents, p.at, p.deleted) })
			record(utf8.RuneCountInString(p.inserted), func(id text.ID) error { return d.Insert(id, parents, p.at, p.inserted) })
		}
		context.Raise(dots[at-1].Replica, dots[at-1].Counter)
	}
	var t text.Text
	if _, err := t.Merge(&d); err != nil {
		tb.Fatal(err)
	}
	entries := []entry{{KindText, creator, 1, valueNull}}
	for _, id := range t.Frontier() {
		r, _ := replicaOf(id.Agent)
		entries = append(entries, entry{KindText, Dot{r, id.Seq}, Timestamp(id.Seq), valueHead})
	}
	root := (&node{}).withText(entries, newProse(&t))
	doc := newDocument(root, 0)
	if err := doc.Check(context); err != nil {
		tb.Fatal(err)
	}
	return State{Document: doc, Context: context}
}

// part is what a replica may hold: some transactions, with all that they build
// on and all that their authors did before.
func (h *history) part(txns ...int) map[int]bool {
	owner := map[int]int{}
	for i, x := range h.Txns {
		for e := x.Span[0]; e < x.Span[1]; e++ {
			owner[e] = i
		}
	}
	had := map[int]bool{}
	var take func(int)
	take = func(i int) {
		if had[i] {
			return
		}
		had[i] = true
		for _, p := range h.Txns[i].Parents {
			take(owner[p])
		}
		for k := i - 1; k >= 0; k-- {
			if h.Txns[k].Agent == h.Txns[i].Agent {
				take(k)
				break
			}
		}
	}
	for _, i := range txns {
		take(i)
	}
	return had
}

// TestHistories takes histories of concurrent typing apart into replicas, and
// merges their documents in random orders and groupings: always to the text
// that another implementation ends with, and to the same bytes.
func TestHistories(t *testing.T) {
	var all []history
	outside(t, "fugue-conformance-500", &all)
	if len(all) != 500 {
		t.Fatalf("%d histories", len(all))
	}
	for i := range all {
		h, r := &all[i], rand.New(rand.NewPCG(uint64(i), 1))
		dots := h.dots()
		states, had := []State{}, map[int]bool{}
		add := func(part map[int]bool) {
			states = append(states, h.state(t, dots, part))
			for k := range part {
				had[k] = true
			}
		}
		for range 4 {
			add(h.part(r.IntN(len(h.Txns)), r.IntN(len(h.Txns))))
		}
		for k := range h.Txns { // what nobody has yet
			if !had[k] {
				add(h.part(k))
			}
		}
		var first []byte
		for order := range 2 {
			end := mergeAll(t, r, states)
			var content string
			raw := end.Document.Canonical()
			if err := json.Unmarshal(end.Document.AppendJSON(nil, FormatPlain), &content); err != nil {
				t.Fatal(err)
			}
			if content != h.EndContent {
				t.Fatalf("history %d, order %d: %q, not %q", i, order, content, h.EndContent)
			}
			if first == nil {
				first = raw
			}
			if !bytes.Equal(raw, first) {
				t.Fatalf("history %d, order %d: other bytes", i, order)
			}
			if err := end.Document.Check(end.Context); err != nil {
				t.Fatalf("history %d, order %d: %v", i, order, err)
			}
		}
	}
}

// mergeAll merges states, each of them twice, in a random order and grouping.
func mergeAll(tb testing.TB, r *rand.Rand, states []State) State {
	left := slices.Concat(states, states)
	r.Shuffle(len(left), func(i, j int) { left[i], left[j] = left[j], left[i] })
	for len(left) > 1 {
		i := r.IntN(len(left) - 1)
		a, b := left[i], left[i+1]
		m, err := Merge(a, b)
		if err != nil {
			tb.Fatal(err)
		}
		read, err := Decode(m.Document.Canonical())
		if err != nil {
			tb.Fatal(err)
		}
		left[i] = State{Document: read, Context: a.Context.Merge(b.Context)}
		left = slices.Delete(left, i+1, i+2)
	}
	return left[0]
}
