package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

func TestAtThroughLists(t *testing.T) {
	d := put(t, `{"l":[1,{"x":["a",{"$text":"hi"}]},[2,[3]],{"$register":[4,{"y":5}]}]}`)
	for path, want := range map[string]string{
		"/l/0": `1`, "/l/1/x/0": `"a"`, "/l/1/x/1": `{"$text":"hi"}`, "/l/2": `[2,[3]]`, "/l/2/1/0": `3`,
		"/l/3": `{"$register":[4,{"y":5}]}`, "/l/3/1": `{"$register":{"y":5}}`, "/l/3/1/y": `5`, "/l/1": `{"x":["a",{"$text":"hi"}]}`,
		"/l/4": "", "/l/-1": "", "/l/00": "", "/l/-": "", "/l/x": "", "/l/1/x/1/0": "", "/l/0/0": "", "/l/3/1/z": "",
	} {
		p, err := crdt.ParsePointer(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.At(p, crdt.FormatTyped)
		if string(got) != want || (want == "") != errors.Is(err, crdt.ErrNoValue) {
			t.Errorf("%s: %s %v", path, got, err)
		}
	}
}

// TestEntriesOfElements names elements by what never changes.
func TestEntriesOfElements(t *testing.T) {
	p := &past{t: t}
	base := p.write('a', `[{"op":"set","path":"","value":["x",{"y":1}]}]`)
	moved := p.write('b', `[{"op":"move","path":"","from":1,"to":0}]`, base)
	var lines []string
	for e := range p.states[moved].Document.Entries() {
		at := ""
		if !e.At.IsZero() {
			at = "at " + e.At.ID().String()
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %x%s", strings.ReplaceAll(e.Path.String(), strings.Repeat("0", 30), ""), e.Kind, e.Dot, e.Value, at))
	}
	want := []string{
		" list a:1 f6",
		"/$61:4 list b:1 at b:1", "/$61:4 map a:5 f6", "/$61:4/y register a:6 01",
		"/$61:2 list a:2 at a:2", "/$61:2 register a:3 6178",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}

// TestResolveSequences ends conflicts of lists, of their elements and of texts,
// each in all ways, here and on a replica that saw no conflict.
func TestResolveSequences(t *testing.T) {
	for _, c := range []struct {
		name, base string
		edits      []string
		path       string
		take       string // what the candidate shows
		after      string
	}{
		{"an element", `{"l":[1,{"x":1},3]}`, []string{`{"l":[1,3]}`, `{"l":[1,{"x":2},3]}`}, "/l/1", `{"x":2}`, `{"l":[1,{"x":2},3]}`},
		{"a list", `{"l":[1,2]}`, []string{`{}`, `{"l":[1,2,3]}`}, "/l", `[3]`, `{"l":[3]}`},
		{"the root", `[1,2]`, []string{``, `[1,2,3]`}, "", `[3]`, `[3]`},
		{"a text", `{"t":{"$text":"ab"}}`, []string{`{}`, `{"t":"abc"}`}, "/t", `{"$text":"abc"}`, `{"t":{"$text":"abc"}}`},
		{"types, the list", `{}`, []string{`{"a":["x"]}`, `{"a":{"$text":"y"}}`}, "/a", `["x"]`, `{"a":["x"]}`},
		{"types, the text", `{}`, []string{`{"a":["x"]}`, `{"a":{"$text":"y"}}`}, "/a", `{"$text":"y"}`, `{"a":{"$text":"y"}}`},
		{"types in an element", `{"l":[{"x":1}]}`, []string{`{"l":[{"x":["a"]}]}`, `{"l":[{"x":{"$text":"b"}}]}`}, "/l/0/x", `["a"]`, `{"l":[{"x":["a"]}]}`},
	} {
		d, context := forked(t, c.base, c.edits...)
		conflicts := d.Conflicts()
		if len(conflicts) != 1 || conflicts[0].Path != c.path {
			t.Errorf("%s: conflicts\n%s", c.name, told(d))
			continue
		}
		path, _ := crdt.ParsePointer(c.path)
		r := crdt.Resolution{Path: path}
		for _, k := range conflicts[0].Candidates {
			r.Seen = append(r.Seen, k.Dot)
			if string(k.JSON) == c.take {
				r.Take = k.Dot
			}
		}
		w := crdt.NewWriter(replica('r'), 1, 1000)
		after, changed, err := d.Resolve(w, r)
		if err != nil || !changed || typed(after) != c.after || after.HasConflicts() {
			t.Errorf("%s: %s %v, conflicts %s", c.name, typed(after), err, told(after))
			continue
		}
		stored(t, after)
		w = crdt.NewWriter(replica('r'), 1, 1000)
		if _, _, err := d.Resolve(w, crdt.Resolution{Path: path, Seen: r.Seen[1:], Take: r.Take}); !errors.Is(err, crdt.ErrUnseen) || w.Taken() > 0 {
			t.Errorf("%s: one candidate unseen: %v", c.name, err)
		}
		m := merge(t, crdt.State{Document: d, Context: context}, crdt.State{Document: after, Context: context.Merge(crdt.Counters{replica('r'): 99}.Vector())})
		if typed(m.Document) != c.after {
			t.Errorf("%s: elsewhere %s", c.name, typed(m.Document))
		}
	}
}

// TestForgedPlaces is a copied replica that inserts and moves elements under
// the same dots as the other.
func TestForgedPlaces(t *testing.T) {
	p := &past{t: t}
	base := p.states[p.write('a', `[{"op":"set","path":"","value":{"l":[1,2,3],"m":[4]}}]`)]
	var states []crdt.State
	for _, ops := range []string{
		`[{"op":"insert","path":"/l","at":1,"value":"x"}]`,
		`[{"op":"insert","path":"/l","at":2,"value":"y"}]`,
		`[{"op":"insert","path":"/m","at":0,"value":["z"]}]`,
		`[{"op":"move","path":"/l","from":0,"to":2}]`,
		`[{"op":"move","path":"/l","from":0,"to":1}]`,
		`[{"op":"move","path":"/l","from":2,"to":0}]`,
		`[{"op":"set","path":"/m","value":7}]`,
		`[{"op":"set","path":"/l/1","value":{"x":[1]}}]`,
	} {
		w := crdt.NewWriter(replica('a'), 50, 50)
		list, err := crdt.ParseOps([]byte(ops))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := base.Document.Apply(w, list)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, crdt.State{Document: d, Context: crdt.Counters{replica('a'): 60}.Vector()})
	}
	join := func(a, b crdt.State) (crdt.State, int) {
		m := merge(t, a, b)
		return crdt.State{Document: stored(t, m.Document), Context: a.Context}, m.Forged
	}
	for i, a := range states {
		for k, b := range states {
			ab, forged := join(a, b)
			ba, _ := join(b, a)
			if (forged > 0) != (i != k) || !bytes.Equal(ab.Document.Canonical(), ba.Document.Canonical()) {
				t.Errorf("%d and %d: %d forged, %s or %s", i, k, forged, typed(ab.Document), typed(ba.Document))
			}
			for l, c := range states {
				bc, _ := join(b, c)
				left, _ := join(ab, c)
				right, _ := join(a, bc)
				if !slices.Contains(slices.Collect(left.Document.Dots()), dot('a', 50)) {
					t.Errorf("%d %d %d: the dot is lost", i, k, l)
				}
				if !bytes.Equal(left.Document.Canonical(), right.Document.Canonical()) {
					t.Errorf("%d %d %d: %s or %s", i, k, l, typed(left.Document), typed(right.Document))
				}
			}
		}
	}
}

// TestManyElements has as many elements as are allowed, on both sides.
func TestManyElements(t *testing.T) {
	many := "[" + strings.Repeat("1,", crdt.MaxElements-1) + "1]"
	var all crdt.State
	for _, name := range []byte("abc") {
		w := crdt.NewWriter(replica(name), 1, 1)
		d, _, err := (*crdt.Document)(nil).Put(w, parse(t, many))
		if err != nil {
			t.Fatal(err)
		}
		one := []crdt.Op{{Op: "insert", Value: parse(t, "2")}}
		if _, _, err := d.Apply(w, one); !errors.Is(err, crdt.ErrTooLarge) {
			t.Errorf("one more: %v", err)
		}
		s := crdt.State{Document: d, Context: crdt.Counters{replica(name): w.Next}.Vector()}
		m, err := crdt.Merge(all, s)
		if name == 'c' {
			if !errors.Is(err, crdt.ErrTooLarge) {
				t.Errorf("three sides: %v", err)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = crdt.State{Document: stored(t, m.Document), Context: all.Context.Merge(s.Context)}
	}
	w := crdt.NewWriter(replica('d'), 1, 1)
	if _, _, err := all.Document.Apply(w, []crdt.Op{{Op: "delete", At: 5, Len: 10}}); err != nil {
		t.Errorf("fewer: %v", err)
	}
}
