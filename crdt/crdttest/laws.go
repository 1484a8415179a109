package crdttest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// Scene is where an edit takes place.
type Scene struct {
	Document *crdt.Document
	Writer   *crdt.Writer
	Earlier  []*crdt.Document // versions that the replica had before
	Moves    bool             // to be set by an edit that only moves elements
}

// Edit draws one edit of a scene and does it; it returns the document
// afterwards, and the version that it was an edit of: the document, or an
// earlier one.
type Edit func(t *rapid.T, s *Scene) (after, base *crdt.Document)

// Laws checks every law of merging for histories that are made of such edits:
// Merge is commutative, associative and idempotent; a state absorbs those that
// it grew from; any order, grouping and repetition of states ends at the same
// canonical bytes and heads; what is alive, shown and in conflict is what the
// oracle says; documents that are read again, or were sent reduced, are the
// same ones.
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
	state   crdt.State
	ops     map[int]bool
	earlier []*crdt.Document
}

type world struct {
	t       *rapid.T
	edit    Edit
	sites   []*moment
	ids     []crdt.ReplicaID
	moments []*moment // every state that there ever was
	history History
	heads   []crdt.Dot     // of operations
	pasts   []map[int]bool // what their authors had seen
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
	first := m.state.Context.Counter(id) + 1
	writer := crdt.NewWriter(id, first, w.time)
	scene := &Scene{Document: m.state.Document, Writer: writer, Earlier: m.earlier}
	d, base := w.edit(w.t, scene)
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
	op, err := w.history.Add(Deed{Base: base, Before: m.state.Document, After: d, First: crdt.Dot{Replica: id, Counter: first}, Head: head, Moves: scene.Moves})
	if err != nil {
		w.t.Fatalf("an edit of %s made %s: %v", story(m.state), d.AppendJSON(nil, crdt.FormatTyped), err)
	}
	w.heads, w.pasts = append(w.heads, head), append(w.pasts, m.ops)
	context := m.state.Context
	context.Raise(id, head.Counter)
	next := &moment{crdt.State{Document: w.stored(d), Heads: []crdt.Dot{head}, Context: context}, map[int]bool{op: true}, append(slices.Clip(m.earlier), m.state.Document)}
	for op := range m.ops {
		next.ops[op] = true
	}
	w.checkOracle(next)
	return next
}

// stored is the document as it is after it was written and read.
func (w *world) stored(d *crdt.Document) *crdt.Document {
	read, err := crdt.Decode(d.AppendCanonical(nil))
	if err != nil {
		w.t.Fatalf("decode what was encoded: %v", err)
	}
	if !bytes.Equal(read.AppendJSON(nil, crdt.FormatTyped), d.AppendJSON(nil, crdt.FormatTyped)) || read.HasConflicts() != d.HasConflicts() {
		w.t.Fatalf("read back as %s, was %s", read.AppendJSON(nil, crdt.FormatTyped), d.AppendJSON(nil, crdt.FormatTyped))
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
		w.t.Fatalf("merge %s and %s: %v", story(a.state), story(b.state), err)
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
	w.checkReduced(a, b, m)
	context := a.state.Context.Merge(b.state.Context)
	out := &moment{crdt.State{Document: w.stored(m.Document), Heads: m.Heads, Context: context}, map[int]bool{}, append(slices.Clip(a.earlier), b.earlier...)}
	for op := range a.ops {
		out.ops[op] = true
	}
	for op := range b.ops {
		out.ops[op] = true
	}
	w.checkOracle(out)
	return out
}

// checkReduced sends b as a peer does that knows what a has seen: the outcome
// is the same, or the whole document is asked for.
func (w *world) checkReduced(a, b *moment, want crdt.Merged) {
	reduced := b.state.Document.Reduce(a.state.Context)
	if reduced == nil {
		return
	}
	if len(reduced) >= len(canonical(b.state)) {
		w.t.Fatalf("reduced from %d bytes to %d", len(canonical(b.state)), len(reduced))
	}
	d, err := crdt.DecodeDelta(reduced)
	if err != nil {
		w.t.Fatalf("decode what was reduced: %v", err)
	}
	if err := d.Check(b.state.Context); err != nil {
		w.t.Fatalf("check what was reduced: %v", err)
	}
	m, err := crdt.Merge(a.state, crdt.State{Document: d, Heads: b.state.Heads, Context: b.state.Context})
	switch {
	case errors.Is(err, crdt.ErrNeedsWhole):
	case err != nil:
		w.t.Fatalf("merge what was reduced: %v", err)
	case !bytes.Equal(m.Document.AppendCanonical(nil), want.Document.AppendCanonical(nil)) || !slices.Equal(m.Heads, want.Heads) || m.Changed != want.Changed:
		w.t.Fatalf("merged reduced it is %s, merged whole %s", m.Document.AppendJSON(nil, crdt.FormatTyped), want.Document.AppendJSON(nil, crdt.FormatTyped))
	}
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
	if len(one.ops) != len(w.heads) {
		w.t.Fatalf("%d of %d operations arrived", len(one.ops), len(w.heads))
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
	if err := w.history.Amount(func(op int) bool { return m.ops[op] }).Check(m.state.Document); err != nil {
		w.t.Fatalf("%s: %v", story(m.state), err)
	}
	if err := m.state.Document.Check(m.state.Context); err != nil {
		w.t.Fatalf("check %s: %v", story(m.state), err)
	}
	if heads := w.headsOf(m.ops); !slices.Equal(m.state.Heads, heads) {
		w.t.Fatalf("heads are %v, the operations say %v", m.state.Heads, heads)
	}
}

// headsOf are the operations that none of the others had seen.
func (w *world) headsOf(ops map[int]bool) (heads []crdt.Dot) {
	superseded := map[int]bool{}
	for op := range ops {
		for seen := range w.pasts[op] {
			superseded[seen] = true
		}
	}
	for op := range ops {
		if !superseded[op] {
			heads = append(heads, w.heads[op])
		}
	}
	slices.SortFunc(heads, crdt.Dot.Compare)
	return heads
}

func canonical(s crdt.State) []byte { return s.Document.AppendCanonical(nil) }

func story(s crdt.State) string {
	return fmt.Sprintf("%s heads %v context %v", s.Document.AppendJSON(nil, crdt.FormatTyped), s.Heads, s.Context)
}
