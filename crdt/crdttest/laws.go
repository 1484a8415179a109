package crdttest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// Edit draws one edit of d and does it with w; it returns the document
// afterwards.
type Edit func(t *rapid.T, d *crdt.Document, w *crdt.Writer) *crdt.Document

// Laws checks every law of merging for histories that are made of such edits:
// Merge is commutative, associative and idempotent; a state absorbs those that
// it grew from; any order, grouping and repetition of states ends at the same
// canonical bytes and heads; what is alive and shown is what the oracle says.
func Laws(t *testing.T, edit Edit) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, edit)
		for range rapid.IntRange(1, 14).Draw(t, "steps") {
			w.step()
		}
		w.checkPairs()
		w.checkTriples()
		w.checkEnd()
	})
}

// moment is a state that some replica was in, with the operations in it.
type moment struct {
	state crdt.State
	ops   map[int]bool
}

type world struct {
	t       *rapid.T
	edit    Edit
	sites   []*moment
	ids     []crdt.ReplicaID
	moments []*moment // every state that there ever was
	ops     []operation
	time    crdt.Timestamp
}

func newWorld(t *rapid.T, edit Edit) *world {
	w := &world{t: t, edit: edit, time: 1 << 20}
	for i := range rapid.IntRange(2, 4).Draw(t, "replicas") {
		w.ids = append(w.ids, crdt.ReplicaID{byte('a' + i)})
		w.sites = append(w.sites, &moment{ops: map[int]bool{}})
	}
	return w
}

// step lets one replica edit, or hear of any state there ever was.
func (w *world) step() {
	i := rapid.IntRange(0, len(w.sites)-1).Draw(w.t, "replica")
	if len(w.moments) > 0 && rapid.IntRange(0, 2).Draw(w.t, "merge") == 0 {
		w.sites[i] = w.merge(w.sites[i], w.anyMoment("from"))
	} else {
		w.sites[i] = w.write(w.sites[i], w.ids[i])
	}
	w.moments = append(w.moments, w.sites[i])
}

func (w *world) write(m *moment, id crdt.ReplicaID) *moment {
	w.time += crdt.Timestamp(rapid.IntRange(-1, 2).Draw(w.t, "time")) // clocks differ, and readings may be equal
	before, tree := canonical(m.state), slices.Collect(m.state.Document.Dots())
	writer := crdt.NewWriter(id, m.state.Context[id]+1, w.time)
	d := w.edit(w.t, m.state.Document, writer)
	if !slices.Equal(tree, slices.Collect(m.state.Document.Dots())) {
		w.t.Fatalf("an edit modified its input")
	}
	head, ok := writer.Last()
	if !ok {
		if !bytes.Equal(before, d.AppendCanonical(nil)) {
			w.t.Fatalf("an edit changed the document and took no dot")
		}
		return m
	}
	var seen []crdt.Dot
	for op := range m.ops {
		seen = append(seen, w.ops[op].head)
	}
	w.ops = append(w.ops, newOperation(m.state.Document, d, head, seen))
	context := m.state.Context.Clone()
	context.Raise(id, head.Counter)
	next := &moment{crdt.State{Document: w.stored(d), Heads: []crdt.Dot{head}, Context: context}, map[int]bool{len(w.ops) - 1: true}}
	for op := range m.ops {
		next.ops[op] = true
	}
	return next
}

// stored is the document as it is after it was written and read.
func (w *world) stored(d *crdt.Document) *crdt.Document {
	read, err := crdt.Decode(d.AppendCanonical(nil))
	if err != nil {
		w.t.Fatalf("decode what was encoded: %v", err)
	}
	return read
}

func (w *world) merge(a, b *moment) *moment {
	trees := func() []crdt.Dot {
		return slices.AppendSeq(slices.Collect(a.state.Document.Dots()), b.state.Document.Dots())
	}
	before := trees()
	m, err := crdt.Merge(a.state, b.state)
	if err != nil {
		w.t.Fatalf("merge: %v", err)
	}
	if !slices.Equal(before, trees()) {
		w.t.Fatalf("a merge modified its input")
	}
	if changed := !bytes.Equal(canonical(a.state), m.Document.AppendCanonical(nil)); changed != m.Changed {
		w.t.Fatalf("Changed is %v", m.Changed)
	}
	if changed := !slices.Equal(a.state.Heads, m.Heads); changed != m.HeadsChanged {
		w.t.Fatalf("HeadsChanged is %v", m.HeadsChanged)
	}
	if m.Forged != 0 {
		w.t.Fatalf("%d dots forged, and nobody did", m.Forged)
	}
	out := &moment{crdt.State{Document: w.stored(m.Document), Heads: m.Heads, Context: a.state.Context.Merge(b.state.Context)}, map[int]bool{}}
	for op := range a.ops {
		out.ops[op] = true
	}
	for op := range b.ops {
		out.ops[op] = true
	}
	w.checkOracle(out)
	return out
}

func (w *world) anyMoment(name string) *moment {
	return w.moments[rapid.IntRange(0, len(w.moments)-1).Draw(w.t, name)]
}

func (w *world) checkPairs() {
	for _, a := range w.moments {
		w.same("merge with itself", w.merge(a, a), a)
		b := w.anyMoment("b")
		ab := w.merge(a, b)
		w.same("the other way round", ab, w.merge(b, a))
		w.same("merge what is in it already", w.merge(ab, a), ab)
		if a.state.Context.Covers(b.state.Context) {
			w.same("merge an ancestor", ab, a)
		}
	}
}

func (w *world) checkTriples() {
	for range min(8, len(w.moments)) {
		a := w.anyMoment("a")
		b := w.anyMoment("b")
		c := w.anyMoment("c")
		w.same("grouped otherwise", w.merge(w.merge(a, b), c), w.merge(a, w.merge(b, c)))
	}
}

// checkEnd merges everything there ever was in two orders, each twice.
func (w *world) checkEnd() {
	all := func(name string) *moment {
		out := &moment{ops: map[int]bool{}}
		var order []int
		for i := range 2 * len(w.moments) {
			order = append(order, i%len(w.moments))
		}
		for _, i := range rapid.Permutation(order).Draw(w.t, name) {
			out = w.merge(out, w.moments[i])
		}
		return out
	}
	one, two := all("order"), all("other order")
	w.same("in another order", one, two)
	if len(one.ops) != len(w.ops) {
		w.t.Fatalf("%d of %d operations arrived", len(one.ops), len(w.ops))
	}
}

func (w *world) same(what string, a, b *moment) {
	w.t.Helper()
	if !bytes.Equal(canonical(a.state), canonical(b.state)) || !slices.Equal(a.state.Heads, b.state.Heads) {
		w.t.Fatalf("%s: not the same\n%s\n%s", what, story(a.state), story(b.state))
	}
}

// checkOracle compares a state with what the operations in it say.
func (w *world) checkOracle(m *moment) {
	w.t.Helper()
	live, heads := outcome(w.ops, m.ops)
	got := map[crdt.Dot]crdt.Entry{}
	for e := range m.state.Document.Entries() {
		got[e.Dot] = e
	}
	if len(got) != len(live) {
		w.t.Fatalf("%d entries are alive, the operations say %d\n%s", len(got), len(live), story(m.state))
	}
	for dot, want := range live {
		if e := got[dot]; e.Path.String() != want.Path.String() || e.Kind != want.Kind || e.Value != want.Value || e.Time != want.Time {
			w.t.Fatalf("entry %s is %+v, the operations say %+v", dot, e, want)
		}
	}
	if !slices.Equal(m.state.Heads, heads) {
		w.t.Fatalf("heads are %v, the operations say %v", m.state.Heads, heads)
	}
	w.checkShown(m)
}

func (w *world) checkShown(m *moment) {
	if m.state.Document.IsEmpty() {
		return
	}
	want, ok := Show(slices.Collect(m.state.Document.Entries()))
	text, err := crdt.AppendPlainJSON(nil, canonical(m.state))
	if !ok || err != nil {
		w.t.Fatalf("show: %v %v", ok, err)
	}
	if got := decodeJSON(w.t, text); !reflect.DeepEqual(got, want) {
		w.t.Fatalf("shown is %s, the specification says %v", text, want)
	}
}

func decodeJSON(t *rapid.T, text []byte) (v any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("printed no JSON: %q: %v", text, err)
	}
	return numbers(v)
}

func canonical(s crdt.State) []byte { return s.Document.AppendCanonical(nil) }

func story(s crdt.State) string {
	return fmt.Sprintf("%s heads %v context %v", s.Document.AppendJSON(nil, crdt.FormatTyped), s.Heads, s.Context)
}
