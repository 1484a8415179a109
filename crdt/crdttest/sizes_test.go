package crdttest_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
)

var most = flag.Int("operations", 1000, "how many operations the largest document of TestSizes has")

// TestSizes makes documents of few and of many operations on several replicas
// that hear of each other now and then. Merged in any order, grouping and
// repetition, whole or reduced, the states on the way are the same bytes, and
// what all operations amount to.
func TestSizes(t *testing.T) {
	for _, operations := range []int{1, 100, *most} {
		t.Run(fmt.Sprint(operations), func(t *testing.T) {
			g := growth{t: t, rng: rand.New(rand.NewPCG(uint64(operations), 7)), replicas: make([]crdt.State, 4)}
			g.grow(operations)
			first := g.unite()
			for range 4 {
				if again := g.unite(); !bytes.Equal(again.Document.Canonical(), first.Document.Canonical()) || !slices.Equal(again.Heads, first.Heads) {
					t.Fatal("another order, grouping or repetition ends at other bytes")
				}
			}
			if err := g.history.Amount(func(int) bool { return true }).Check(first.Document); err != nil {
				t.Fatal(err)
			}
			if err := first.Document.Check(first.Context); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes, %d dots alive, %d states merged", len(first.Document.Canonical()), len(slices.Collect(first.Document.Dots())), len(g.states))
		})
	}
}

// growth is replicas of one document that grows.
type growth struct {
	t        *testing.T
	rng      *rand.Rand
	replicas []crdt.State
	states   []crdt.State // some of those on the way, and the last of each replica
	history  crdttest.History
	time     crdt.Timestamp
}

func (g *growth) grow(operations int) {
	for done := 0; done < operations; {
		i := g.rng.IntN(len(g.replicas))
		if g.rng.IntN(40) == 0 {
			g.replicas[i] = g.merge(g.replicas[i], g.replicas[g.rng.IntN(len(g.replicas))])
		}
		if g.write(i) {
			done++
		}
		if g.rng.IntN(max(1, operations/24)) == 0 {
			g.states = append(g.states, g.replicas[i])
		}
	}
	g.states = append(g.states, g.replicas...)
}

// write does one operation at a replica.
func (g *growth) write(i int) bool {
	s := &g.replicas[i]
	id := crdt.ReplicaID{byte('a' + i)}
	g.time += crdt.Timestamp(g.rng.IntN(2))
	w := crdt.NewWriter(id, s.Context.Counter(id)+1, g.time)
	first := crdt.Dot{Replica: id, Counter: w.Next}
	d, changed, err := s.Document.Apply(w, []crdt.Op{g.operation(s.Document)})
	if errors.Is(err, crdt.ErrPosition) || errors.Is(err, crdt.ErrNoValue) || errors.Is(err, crdt.ErrKind) || err == nil && !changed {
		return false
	}
	if err != nil {
		g.t.Fatal(err)
	}
	head, _ := w.Last()
	if _, err := g.history.Add(crdttest.Deed{Base: s.Document, Before: s.Document, After: d, First: first, Head: head}); err != nil {
		g.t.Fatal(err)
	}
	context := s.Context
	context.Raise(id, head.Counter)
	*s = crdt.State{Document: d, Heads: []crdt.Dot{head}, Context: context}
	return true
}

// operation is one that leaves the document at some hundred elements.
func (g *growth) operation(d *crdt.Document) crdt.Op {
	parse := func(text string) crdt.Plain {
		p, err := crdt.ParseJSON([]byte(text))
		if err != nil {
			g.t.Fatal(err)
		}
		return p
	}
	if d.IsEmpty() {
		return crdt.Op{Op: "set", Value: parse(`{"list":[],"text":{"$text":""},"set":{"$set":[]},"n":{"$counter":0},"map":{}}`)}
	}
	list, text, element := crdt.Pointer{"list"}, crdt.Pointer{"text"}, crdt.Pointer{"list", fmt.Sprint(g.rng.IntN(60))}
	at := g.rng.IntN(60)
	switch g.rng.IntN(14) {
	case 0, 1:
		return crdt.Op{Op: "insert", Path: list, At: at % 8, Value: parse(`{"title":{"$text":"new"},"done":false}`)}
	case 2:
		return crdt.Op{Op: "insert", Path: list, At: at, Value: parse(fmt.Sprint(at))}
	case 3, 4:
		return crdt.Op{Op: "move", Path: list, From: at, To: g.rng.IntN(60)}
	case 5, 6:
		return crdt.Op{Op: "delete", Path: list, At: at, Len: 2}
	case 7, 8:
		return crdt.Op{Op: "insert", Path: text, At: at, Text: "words "}
	case 9:
		return crdt.Op{Op: "delete", Path: text, At: at, Len: 9}
	case 10:
		return crdt.Op{Op: "insert", Path: append(element, "title"), At: at % 4, Text: "é"}
	case 11:
		return crdt.Op{Op: "incr", Path: crdt.Pointer{"n"}, By: int64(at)}
	case 12:
		return crdt.Op{Op: []string{"add", "remove"}[at%2], Path: crdt.Pointer{"set"}, Value: parse(fmt.Sprint(at % 50))}
	}
	return crdt.Op{Op: []string{"set", "set", "unset"}[at%3], Path: crdt.Pointer{"map", fmt.Sprint(at % 50)}, Value: parse(fmt.Sprint(at))}
}

func (g *growth) merge(a, b crdt.State) crdt.State {
	context := a.Context.Merge(b.Context)
	if reduced := b.Document.Reduce(a.Context); reduced != nil && g.rng.IntN(2) == 0 {
		d, err := crdt.DecodeDelta(reduced)
		if err != nil {
			g.t.Fatal(err)
		}
		m, err := crdt.Merge(a, crdt.State{Document: d, Heads: b.Heads, Context: b.Context})
		if err == nil {
			return crdt.State{Document: m.Document, Heads: m.Heads, Context: context}
		}
		if !errors.Is(err, crdt.ErrNeedsWhole) {
			g.t.Fatal(err)
		}
	}
	read, err := crdt.Decode(b.Document.AppendCanonical(nil))
	if err != nil {
		g.t.Fatal(err)
	}
	m, err := crdt.Merge(a, crdt.State{Document: read, Heads: b.Heads, Context: b.Context})
	if err != nil {
		g.t.Fatal(err)
	}
	return crdt.State{Document: m.Document, Heads: m.Heads, Context: context}
}

// unite merges all states in some order, some of them twice, and grouped
// somehow.
func (g *growth) unite() crdt.State {
	todo := slices.Clone(g.states)
	for _, s := range g.states {
		if g.rng.IntN(4) == 0 {
			todo = append(todo, s)
		}
	}
	for len(todo) > 1 {
		i := g.rng.IntN(len(todo))
		a := todo[i]
		todo = slices.Delete(todo, i, i+1)
		k := g.rng.IntN(len(todo))
		todo[k] = g.merge(todo[k], a)
	}
	return todo[0]
}
