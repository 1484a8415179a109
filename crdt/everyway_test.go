package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// past is a few replicas that edit and merge: every state that one was in after
// an edit, and what that edit wrote and removed.
type past struct {
	t      rapid.TB
	states []crdt.State
	wrote  [][]crdt.Dot
	gone   [][]crdt.Dot
	parts  []int // which edits are in each state, one bit each
	last   map[crdt.ReplicaID]int
}

// write makes replica, which holds its own last state and those of from, do ops.
func (p *past) write(name byte, ops string, from ...int) int {
	p.t.Helper()
	id, s, part := replica(name), crdt.State{}, 0
	if own, ok := p.last[id]; ok {
		from = append(from, own)
	}
	for _, i := range from {
		s, part = p.merge(s, p.states[i]), part|p.parts[i]
	}
	w := crdt.NewWriter(id, s.Context.Counter(id)+1, crdt.Timestamp(len(p.states)/2))
	list, err := crdt.ParseOps([]byte(ops))
	if err != nil {
		p.t.Fatal(err)
	}
	before := slices.Collect(s.Document.Dots())
	d, _, err := s.Document.Apply(w, list)
	if errors.Is(err, crdt.ErrKind) || errors.Is(err, crdt.ErrNoValue) || errors.Is(err, crdt.ErrPosition) || errors.Is(err, crdt.ErrOperation) || errors.Is(err, crdt.ErrPointer) {
		d = s.Document // it does not fit what is there
	} else if err != nil {
		p.t.Fatal(err)
	}
	after := slices.Collect(d.Dots())
	last, ok := w.Last()
	if ok {
		s.Heads, s.Context = []crdt.Dot{last}, s.Context.Merge(crdt.Counters{id: last.Counter}.Vector())
	}
	s.Document = stored(p.t, d)
	p.wrote = append(p.wrote, slices.DeleteFunc(slices.Clone(after), func(d crdt.Dot) bool { return slices.Contains(before, d) }))
	p.gone = append(p.gone, slices.DeleteFunc(before, func(d crdt.Dot) bool { return slices.Contains(after, d) }))
	p.states, p.parts = append(p.states, s), append(p.parts, part|1<<len(p.states))
	if p.last == nil {
		p.last = map[crdt.ReplicaID]int{}
	}
	p.last[id] = len(p.states) - 1
	return len(p.states) - 1
}

// stored is the document as it is after it was written and read; it must be
// what it says.
func stored(t rapid.TB, d *crdt.Document) *crdt.Document {
	t.Helper()
	raw := d.AppendCanonical(nil)
	read, err := crdt.Decode(raw)
	if err != nil {
		t.Fatalf("%x: %v", raw, err)
	}
	if !bytes.Equal(crdt.Encode(read), raw) {
		t.Fatalf("%x reads as %x", raw, crdt.Encode(read))
	}
	return read
}

func (p *past) merge(a, b crdt.State) crdt.State {
	p.t.Helper()
	m := merge(p.t, a, b)
	return crdt.State{Document: stored(p.t, m.Document), Heads: m.Heads, Context: a.Context.Merge(b.Context)}
}

// everyWay merges all states in every order, grouping and repetition: whatever
// made a set of edits known, the bytes and heads must be the same, and what is
// alive must be what those edits wrote and none of them removed.
func (p *past) everyWay() crdt.State {
	p.t.Helper()
	out := map[int]crdt.State{}
	check := func(part int, s crdt.State, how string) {
		p.t.Helper()
		was, ok := out[part]
		if !ok {
			p.checkLive(part, s)
			out[part] = s
			return
		}
		if !bytes.Equal(was.Document.AppendCanonical(nil), s.Document.AppendCanonical(nil)) || !slices.Equal(was.Heads, s.Heads) {
			p.t.Fatalf("%s: %s heads %v\nnot %s heads %v", how, typed(s.Document), s.Heads, typed(was.Document), was.Heads)
		}
	}
	for i, s := range p.states {
		check(p.parts[i], s, fmt.Sprintf("state %d", i))
	}
	for grown := true; grown; {
		grown = false
		for a, x := range out {
			for b, y := range out {
				_, ok := out[a|b]
				grown = grown || !ok
				check(a|b, p.merge(x, y), fmt.Sprintf("%b and %b", a, b))
				p.checkReduced(x, y, out[a|b])
			}
		}
	}
	return out[1<<len(p.states)-1]
}

// checkReduced merges y as x is sent it: what it has seen left out.
func (p *past) checkReduced(x, y, want crdt.State) {
	p.t.Helper()
	raw := y.Document.Reduce(x.Context)
	if raw == nil {
		return
	}
	d, err := crdt.DecodeDelta(raw)
	if err != nil || !d.Partial() || len(raw) >= len(y.Document.Canonical()) {
		p.t.Fatalf("%d of %d bytes, %v", len(raw), len(y.Document.Canonical()), err)
	}
	if _, err := crdt.Decode(raw); !errors.Is(err, crdt.ErrMalformed) {
		p.t.Fatalf("a partial document is read as a whole: %v", err)
	}
	if err := d.Check(y.Context); err != nil {
		p.t.Fatal(err)
	}
	m, err := crdt.Merge(x, crdt.State{Document: d, Heads: y.Heads, Context: y.Context})
	if errors.Is(err, crdt.ErrNeedsWhole) {
		return
	}
	if err != nil || !bytes.Equal(m.Document.AppendCanonical(nil), want.Document.AppendCanonical(nil)) || m.Document.Partial() {
		p.t.Fatalf("reduced: %s, not %s: %v", typed(m.Document), typed(want.Document), err)
	}
}

func (p *past) checkLive(part int, s crdt.State) {
	p.t.Helper()
	want := map[crdt.Dot]bool{}
	for i := range p.states {
		for _, d := range p.wrote[i] {
			if part>>i&1 == 1 {
				want[d] = true
			}
		}
	}
	for i := range p.states {
		for _, d := range p.gone[i] {
			if part>>i&1 == 1 {
				delete(want, d)
			}
		}
	}
	have := slices.Collect(s.Document.Dots())
	for _, d := range have {
		if !want[d] {
			p.t.Fatalf("%s is alive in %s", d, typed(s.Document))
		}
	}
	if len(have) != len(want) {
		p.t.Fatalf("%d are alive, not %d: %s", len(have), len(want), typed(s.Document))
	}
	if err := s.Document.Check(s.Context); err != nil {
		p.t.Fatal(err)
	}
	if !s.Document.CoveredBy(s.Context) {
		p.t.Fatal("not covered by its context")
	}
}

const long = "The quick brown fox jumps over the lazy dog. "

// TestRemovedTyped is a text that is removed while some type, and type on, and
// remove again, in all orders and groupings.
func TestRemovedTyped(t *testing.T) {
	const remove = `[{"op":"unset","path":"/t"}]`
	typing := func(s string) string {
		return fmt.Sprintf(`[{"op":"insert","path":"/t","at":3,"text":%q}]`, s)
	}
	for name, c := range map[string]struct {
		do    func(p *past, base int)
		shown string
	}{
		"never removed":                  {func(p *past, b int) { p.write('b', typing("B"), b); p.write('c', typing("C"), b) }, `{"t":"TheBC`},
		"removed":                        {func(p *past, b int) { p.write('b', remove, b) }, `{}`},
		"removed, typed":                 {func(p *past, b int) { p.write('b', remove, b); p.write('c', typing("C"), b) }, `{"t":"TheC q`},
		"removed, typed, typed on":       {func(p *past, b int) { p.write('b', remove, b); p.write('d', typing("D"), p.write('c', typing("C"), b)) }, `{"t":"TheDC q`},
		"typed, seen and removed, typed": {func(p *past, b int) { p.write('c', remove, p.write('b', typing("B"), b)); p.write('d', typing("D"), b) }, `{"t":"TheD q`},
		"typed, seen and removed, typed on": {func(p *past, b int) {
			at := p.write('b', typing("B"), b)
			p.write('c', remove, at)
			p.write('d', typing("D"), at)
		}, `{"t":"TheDB q`},
		"typed twice, one seen and removed": {func(p *past, b int) {
			at, other := p.write('b', typing("B"), b), p.write('c', typing("C"), b)
			p.write('d', remove, at)
			p.write('e', typing("E"), other)
		}, `{"t":"TheEC q`},
		"both seen, one of them removed": {func(p *past, b int) {
			at, other := p.write('b', typing("B"), b), p.write('c', typing("C"), b)
			p.write('d', remove, at)
			p.write('e', typing("E"), at, other)
		}, `{"t":"TheEBC q`},
		"removed twice, typed": {func(p *past, b int) { p.write('b', remove, b); p.write('c', remove, b); p.write('d', typing("D"), b) }, `{"t":"TheD q`},
		"removed and made anew": {func(p *past, b int) {
			p.write('b', `[{"op":"set","path":"/t","value":{"$text":"new"}}]`, p.write('b', remove, b))
		}, `{"t":"new"`},
		"made anew by two":          {func(p *past, b int) { made(p, b, 'b', 'c') }, `{"t":"newnew"`},
		"made anew, typed meantime": {func(p *past, b int) { made(p, b, 'b'); p.write('c', typing("C"), b) }, `{"t":"`},
	} {
		for _, size := range []int{1, 60} { // from a size on, only what is missing is sent
			p := &past{t: t}
			base := p.write('a', fmt.Sprintf(`[{"op":"set","path":"/t","value":{"$text":%q}}]`, strings.Repeat(long, size)))
			c.do(p, base)
			if got := typedOf(p.everyWay()); !strings.HasPrefix(got, strings.Replace(c.shown, `"t":`, `"t":{"$text":`, 1)) {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

func made(p *past, base int, by ...byte) {
	for _, name := range by {
		gone := p.write(name, `[{"op":"unset","path":"/t"}]`, base)
		p.write(name, `[{"op":"set","path":"/t","value":{"$text":"new"}}]`, gone)
	}
}

func typedOf(s crdt.State) string { return typed(s.Document) }

// TestMadeByTwo is two who both make the same thing at the same path.
func TestMadeByTwo(t *testing.T) {
	for _, c := range []struct{ one, two, want string }{
		{`["x",["a"]]`, `["y"]`, `{"n":["x",["a"],"y"]}`},
		{`{"x":[1]}`, `{"x":[2]}`, `{"n":{"x":[1,2]}}`},
		{`{"$text":"one "}`, `{"$text":"two"}`, `{"n":{"$text":"one two"}}`},
		{`{"$text":""}`, `{"$text":"two"}`, `{"n":{"$text":"two"}}`},
		{`{"$text":""}`, `{"$text":""}`, `{"n":{"$text":""}}`},
		{`[]`, `[]`, `{"n":[]}`},
	} {
		p := &past{t: t}
		base := p.write('a', `[{"op":"set","path":"","value":{}}]`)
		set := func(v string) string { return `[{"op":"set","path":"/n","value":` + v + `}]` }
		p.write('b', set(c.one), base)
		p.write('c', set(c.two), base)
		end := p.everyWay()
		if got := typedOf(end); got != c.want || end.Document.HasConflicts() {
			t.Errorf("%s and %s: %s, conflicts %v", c.one, c.two, got, end.Document.Conflicts())
		}
	}
}

// TestEveryWay does random edits of nested lists, texts and objects.
func TestEveryWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &past{t: t}
		size := rapid.SampledFrom([]int{0, 0, 0, 40}).Draw(t, "size")
		base := p.write('a', fmt.Sprintf(
			`[{"op":"set","path":"","value":{"l":[1,{"x":[2],"t":{"$text":"b"}},[3,4],{"$text":"c"}],"t":{"$text":"a%s"}}}]`, strings.Repeat(long, size)))
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			from := []int{base}
			if rapid.Bool().Draw(t, "heard") {
				from[0] = rapid.IntRange(0, len(p.states)-1).Draw(t, "of")
			}
			p.write(rapid.SampledFrom([]byte("abcd")).Draw(t, "who"), sequenceOp(t), from...)
		}
		p.everyWay()
	})
}

// sequenceOp draws an operation on lists and texts.
func sequenceOp(t *rapid.T) string {
	path := rapid.SampledFrom([]string{"/l", "/l", "/l/1", "/l/2", "/l/3", "/l/0", "/l/1/x", "/l/1/t", "/t", "/t", "/new", ""}).Draw(t, "path")
	value := rapid.SampledFrom([]string{`1`, `[5,[6]]`, `{"x":[7],"y":{"$text":"z"}}`, `{"$text":"new"}`, `[]`, `{}`, `{"$counter":1}`}).Draw(t, "value")
	i, k := rapid.IntRange(0, 3).Draw(t, "i"), rapid.IntRange(0, 3).Draw(t, "k")
	return "[" + rapid.SampledFrom([]string{
		fmt.Sprintf(`{"op":"set","path":%q,"value":%s}`, path, value),
		fmt.Sprintf(`{"op":"unset","path":%q}`, path),
		fmt.Sprintf(`{"op":"insert","path":%q,"at":%d,"value":%s}`, path, i, value),
		fmt.Sprintf(`{"op":"insert","path":%q,"at":%d,"text":"xyz"}`, path, i%2),
		fmt.Sprintf(`{"op":"delete","path":%q,"at":%d,"len":1}`, path, i),
		fmt.Sprintf(`{"op":"move","path":%q,"from":%d,"to":%d}`, path, i, k),
	}).Draw(t, "op") + "]"
}
