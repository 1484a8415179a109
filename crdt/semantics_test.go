package crdt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestSemantics executes every row of the tables in docs/DOCUMENTS.md: A and B
// edit the start apart, and then whoever hears of both, in whatever order, must
// hold the same bytes, show what the row says and list its conflicts. Each row
// happens with either replica id the greater, and with either edit the later.
func TestSemantics(t *testing.T) {
	all := rows(t)
	mirrored := map[string]bool{}
	for _, r := range all {
		mirrored[r.start+r.b+r.a] = true
	}
	for _, r := range all {
		t.Run(r.name(), func(t *testing.T) {
			for _, greater := range []bool{false, true} {
				for _, later := range []bool{false, true} {
					if later && (r.sameTime || r.symmetric() || mirrored[r.start+r.a+r.b]) {
						continue // nothing new, or a row of its own
					}
					h := r.happen(t, greater, later)
					shown, conflicts := r.expected(greater, later)
					if h.shown() != shown || h.conflicts() != conflicts {
						t.Errorf("A's id greater: %v, A later: %v:\n  shows %s  conflicts %s\n  want  %s  conflicts %s",
							greater, later, h.shown(), h.conflicts(), shown, conflicts)
					}
				}
			}
		})
	}
}

// happening is one execution of a row.
type happening struct {
	t      *testing.T
	states []crdt.State // everything that any replica held
	end    crdt.State
}

var (
	startTime = crdt.Timestamp(1 << 20)
	edited    = startTime + 100
)

// happen executes the row. B's transactions are later than A's, unless they
// are made at the same time or later says that A's are.
func (r *row) happen(t *testing.T, greater, later bool) *happening {
	t.Helper()
	h := &happening{t: t}
	start := h.begin(r)
	idA, idB := replica('k'), replica('p')
	if greater {
		idA, idB = idB, idA
	}
	timeA, timeB := edited, edited+100
	switch {
	case r.sameTime:
		timeB = timeA
	case later:
		timeA, timeB = timeB, timeA
	}
	h.write(start, start, idA, timeA, r.a)
	h.write(start, start, idB, timeB, r.b)
	h.end = h.everyOrder()
	return h
}

// begin makes the start: a document, and what C, D, … did to it apart.
func (h *happening) begin(r *row) crdt.State {
	h.t.Helper()
	steps, none := spans(r.start), crdt.State{}
	if len(steps) == 0 { // "nothing"
		return none
	}
	start := h.write(none, none, replica('m'), startTime, "`put "+steps[0]+"`")
	whole := start
	for i, step := range steps[1:] {
		whole = h.join(whole, h.write(start, start, replica(byte('x'+i)), startTime+crdt.Timestamp(1+i), "`"+step+"`"))
	}
	h.states = append(h.states, whole)
	return whole
}

// write makes the steps of a cell, each its own transaction, on from. What put
// takes as its base is base.
func (h *happening) write(from, base crdt.State, id crdt.ReplicaID, time crdt.Timestamp, cell string) crdt.State {
	h.t.Helper()
	s := from
	for _, span := range spans(cell) {
		for step := range strings.SplitSeq(span, " ; ") {
			w := crdt.NewWriter(id, s.Context.Counter(id)+1, time)
			time++
			d, _, err := do(s.Document, base.Document, w, step)
			if err != nil {
				h.t.Fatalf("%s: %v", step, err)
			}
			if w.Taken() == 0 {
				continue
			}
			context := s.Context
			if context.Len() == 0 {
				context = crdt.VersionVector{}
			}
			last, _ := w.Last()
			context.Raise(id, last.Counter)
			s = crdt.State{Document: h.stored(d), Heads: []crdt.Dot{last}, Context: context}
			h.states = append(h.states, s)
		}
	}
	return s
}

// stored is the document after it was written and read.
func (h *happening) stored(d *crdt.Document) *crdt.Document {
	h.t.Helper()
	read, err := crdt.Decode(d.AppendCanonical(nil))
	if err != nil {
		h.t.Fatalf("decode %s: %v", d.AppendJSON(nil, crdt.FormatTyped), err)
	}
	return read
}

func (h *happening) join(a, b crdt.State) crdt.State {
	h.t.Helper()
	m, err := crdt.Merge(a, b)
	if err != nil {
		h.t.Fatal(err)
	}
	return crdt.State{Document: h.stored(m.Document), Heads: m.Heads, Context: a.Context.Merge(b.Context)}
}

// everyOrder merges all states in every order, one after the other and
// grouped, each also twice, and returns the one outcome.
func (h *happening) everyOrder() crdt.State {
	h.t.Helper()
	states := h.states
	if most := 4; len(states) > most { // the last ones of everybody are among them
		states = states[len(states)-most:]
	}
	var end *crdt.State
	check := func(how string, s crdt.State) {
		h.t.Helper()
		if end == nil {
			end = &s
		}
		if string(s.Document.Canonical()) != string(end.Document.Canonical()) || !slices.Equal(s.Heads, end.Heads) {
			h.t.Fatalf("%s: %s heads %v, in another order %s heads %v", how,
				s.Document.AppendJSON(nil, crdt.FormatTyped), s.Heads, end.Document.AppendJSON(nil, crdt.FormatTyped), end.Heads)
		}
	}
	for order := range permutations(len(states)) {
		left, right := crdt.State{}, crdt.State{}
		for i := range order {
			left = h.join(left, states[order[i]])
			right = h.join(states[order[len(order)-1-i]], right)
		}
		check("one by one", left)
		check("from the right", right)
		check("with itself", h.join(left, right))
		check("with an old one", h.join(left, states[order[0]]))
	}
	return *end
}

// permutations yields every order of n things.
func permutations(n int) func(func([]int) bool) {
	return func(yield func([]int) bool) {
		var visit func(order, rest []int) bool
		visit = func(order, rest []int) bool {
			if len(rest) == 0 {
				return yield(order)
			}
			for i := range rest {
				if !visit(append(order, rest[i]), slices.Concat(rest[:i], rest[i+1:])) {
					return false
				}
			}
			return true
		}
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		visit(make([]int, 0, n), all)
	}
}

// shown is what a read prints; both ways to print plain JSON must agree, and
// what is printed can be put again and is no edit.
func (h *happening) shown() string {
	h.t.Helper()
	d := h.end.Document
	if d.IsEmpty() {
		return "nothing"
	}
	plain, err := crdt.AppendPlainJSON(nil, d.Canonical())
	if err != nil || string(plain) != string(d.AppendJSON(nil, crdt.FormatPlain)) {
		h.t.Errorf("plain JSON from the bytes is %s (%v), from the document %s", plain, err, d.AppendJSON(nil, crdt.FormatPlain))
	}
	shown := string(d.AppendJSON(nil, crdt.FormatTyped))
	for _, text := range []string{shown, string(plain)} {
		if text == "null" {
			continue // nothing is left but the place of an element; null would be a value
		}
		p, err := crdt.ParseJSON([]byte(text))
		if err != nil {
			h.t.Fatal(err)
		}
		if again, changed, err := d.Put(crdt.NewWriter(replica('z'), 1, edited+1000), p); changed || err != nil {
			h.t.Errorf("%s, put again, makes %s (%v)", text, again.AppendJSON(nil, crdt.FormatTyped), err)
		}
	}
	return shown
}

// conflicts prints them as the table does.
func (h *happening) conflicts() string {
	h.t.Helper()
	var lines []string
	for _, c := range h.end.Document.Conflicts() {
		var all []string
		for i, k := range c.Candidates {
			all = append(all, string(k.JSON))
			if k.Shown != (i == 0) {
				h.t.Errorf("candidate %d of %s: shown is %v", i, c.Path, k.Shown)
			}
		}
		path := c.Path
		if path == "" {
			path = "(root)"
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", path, c.Kind, strings.Join(all, ", ")))
	}
	if h.end.Document.HasConflicts() != (len(lines) > 0) {
		h.t.Errorf("HasConflicts is %v of %v", h.end.Document.HasConflicts(), lines)
	}
	return strings.Join(lines, "; ")
}
