package crdt_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// forked is what a base becomes when replicas edit it, none seeing the
// others, and then all merge. Each edit is JSON to put, or "" to delete.
func forked(t testing.TB, base string, edits ...string) (*crdt.Document, crdt.VersionVector) {
	t.Helper()
	root := put(t, base)
	seen := crdt.Counters{{'a'}: 100}.Vector()
	out := crdt.State{Document: root, Context: seen}
	for i, edit := range edits {
		w := crdt.NewWriter(crdt.ReplicaID{byte('b' + i)}, 1, crdt.Timestamp(10+i))
		d, _, err := root.Delete(w)
		if edit != "" {
			w = crdt.NewWriter(w.Replica, 1, w.Time)
			d, _, err = root.Put(w, parse(t, edit))
		}
		if err != nil {
			t.Fatal(err)
		}
		context := seen
		context.Raise(w.Replica, w.Next-1)
		m := merge(t, out, crdt.State{Document: d, Context: context})
		out = crdt.State{Document: m.Document, Context: out.Context.Merge(context)}
	}
	checkDecode(t, out.Document.AppendCanonical(nil))
	return out.Document, out.Context
}

// told prints conflicts as one line each.
func told(d *crdt.Document) string {
	var lines []string
	for _, c := range d.Conflicts() {
		var parts []string
		for _, k := range c.Candidates {
			shown := ""
			if k.Shown {
				shown = "!"
			}
			parts = append(parts, fmt.Sprintf("%s%s %s", shown, k.Dot, k.JSON))
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", c.Path, c.Kind, strings.Join(parts, ", ")))
	}
	return strings.Join(lines, "\n")
}

func TestConflicts(t *testing.T) {
	for _, c := range []struct {
		name, base string
		edits      []string
		shown      string
		conflicts  string
	}{
		{"none", `{"a":1}`, []string{`{"a":2}`}, `{"a":2}`, ``},
		{"other fields", `{"a":1,"b":1}`, []string{`{"a":2,"b":1}`, `{"a":1,"b":2}`}, `{"a":2,"b":2}`, ``},
		{"one field", `{"a":{"x/y":1}}`, []string{`{"a":{"x/y":2}}`, `{"a":{"x/y":3}}`}, `{"a":{"x/y":3}}`, `/a/x~1y value: !c:1 3, b:1 2`},
		{"the same value", `{"a":1}`, []string{`{"a":2}`, `{"a":2.0}`}, `{"a":2.0}`, ``},
		{"three values", `{"a":1}`, []string{`{"a":"x"}`, `{"a":"y"}`, `{"a":"x"}`}, `{"a":"x"}`, `/a value: !d:1 "x", c:1 "y", b:1 "x"`},
		{"arrays as a whole", `{"a":{"$register":[]}}`, []string{`{"a":[1]}`, `{"a":[2]}`}, `{"a":[2]}`, `/a value: !c:1 {"$register":[2]}, b:1 {"$register":[1]}`},
		{"lists", `{"a":[]}`, []string{`{"a":[1]}`, `{"a":[2]}`}, `{"a":[1,2]}`, ``},
		{"an element", `{"a":[1,{"x":1}]}`, []string{`{"a":[1,{"x":2}]}`, `{"a":[0,{"x":3}]}`}, `{"a":[0,{"x":3}]}`, `/a/1/x value: !c:4 3, b:1 2`},
		{"an element removed and edited", `{"a":[1,{"x":1}]}`, []string{`{"a":[1]}`, `{"a":[1,{"x":3}]}`}, `{"a":[1,{"x":3}]}`, `/a/1 edited-while-removed: !c:1 {"x":3}`},
		{"a list removed and added to", `{"a":[1]}`, []string{`{}`, `{"a":[1,2]}`}, `{"a":[2]}`, `/a edited-while-removed: !c:2 [2]`},
		{"a list and an object", `{}`, []string{`{"a":[1]}`, `{"a":{"x":1}}`}, `{"a":{"x":1}}`, `/a type: !c:2 {"x":1}, b:3 [1]`},
		{"a text and a list", `{}`, []string{`{"a":{"$text":"hi"}}`, `{"a":["x"]}`}, `{"a":["x"]}`, `/a type: !c:3 ["x"], b:3 {"$text":"hi"}`},
		{"texts", `{"a":{"$text":"hi"}}`, []string{`{"a":"hi you"}`, `{"a":"Oh hi"}`}, `{"a":"Oh hi you"}`, ``},
		{"a text removed and edited", `{"a":{"$text":"hi"}}`, []string{`{}`, `{"a":"hi you"}`}, `{"a":"hi you"}`, `/a edited-while-removed: !c:4 {"$text":"hi you"}`},
		{"the root", `1`, []string{`2`, `3`}, `3`, ` value: !c:1 3, b:1 2`},
		{"types", `{"a":1}`, []string{`{"a":{"x":1}}`, `{"a":"s"}`}, `{"a":"s"}`, `/a type: !c:1 "s", b:2 {"x":1}`},
		{"types, the object later", `{"a":1}`, []string{`{"a":"s"}`, `{"a":{"x":1}}`}, `{"a":{"x":1}}`, `/a type: !c:2 {"x":1}, b:1 "s"`},
		{"types and values", `{"a":1}`, []string{`{"a":"s"}`, `{"a":{"$counter":5}}`, `{"a":"t"}`}, `{"a":"t"}`, `/a type: !d:1 "t", b:1 "s", c:2 {"$counter":5}`},
		{"a new object by two", `{}`, []string{`{"n":{"x":1}}`, `{"n":{"y":2}}`}, `{"n":{"x":1,"y":2}}`, ``},
		{"counters", `{"n":{"$counter":1}}`, []string{`{"n":2}`, `{"n":4}`}, `{"n":5}`, ``},
		{"a counter removed and counted", `{"n":{"$counter":1}}`, []string{`{}`, `{"n":4}`, `{"n":3}`}, `{"n":5}`, `/n edited-while-removed: !d:1 {"$counter":5}`},
		{"sets", `{"s":{"$set":["a","b"]}}`, []string{`{"s":["b","c"]}`, `{"s":["a","b","d"]}`}, `{"s":["b","c","d"]}`, ``},
		{"an element added and removed", `{"s":{"$set":["a"]}}`, []string{`{"s":{"$set":[]}}`, `{"s":["a","b"]}`}, `{"s":["b"]}`, ``},
		{"removed and edited", `{"m":{"x":1,"y":1}}`, []string{`{}`, `{"m":{"x":2,"y":1}}`}, `{"m":{"x":2}}`, `/m edited-while-removed: !c:1 {"x":2}`},
		{"deleted and edited", `{"a":1,"b":1}`, []string{``, `{"a":2,"b":1}`}, `{"a":2}`, ` edited-while-removed: !c:1 {"a":2}`},
		{"a set removed and added to", `{"s":{"$set":["a"]}}`, []string{`{}`, `{"s":["a","b"]}`}, `{"s":["b"]}`, `/s edited-while-removed: !c:1 {"$set":["b"]}`},
		{"deleted twice", `{"a":1}`, []string{``, ``}, ``, ``},
		{"below what is hidden", `{"m":{"x":1}}`, []string{`{"m":{"x":2}}`, `{"m":{"x":3}}`, `{"m":0}`}, `{"m":0}`, `/m type: !d:1 0, c:1 {"x":3}`},
	} {
		d, _ := forked(t, c.base, c.edits...)
		if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != c.shown {
			t.Errorf("%s: shows %s", c.name, got)
		}
		if got := told(d); got != c.conflicts {
			t.Errorf("%s: conflicts\n%s\nnot\n%s", c.name, got, c.conflicts)
		}
		if d.HasConflicts() != (c.conflicts != "") {
			t.Errorf("%s: HasConflicts is %v", c.name, d.HasConflicts())
		}
	}
	if (*crdt.Document)(nil).HasConflicts() || (*crdt.Document)(nil).Conflicts() != nil {
		t.Error("nothing has conflicts")
	}
}

func dot(replica byte, counter uint64) crdt.Dot {
	return crdt.Dot{Replica: crdt.ReplicaID{replica}, Counter: counter}
}

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		name, base string
		edits      []string
		take       crdt.Dot
		value      string
		after      string
	}{
		{"take the shown", `{"a":1}`, []string{`{"a":2}`, `{"a":3}`}, dot('c', 1), "", `{"a":3}`},
		{"take the other", `{"a":1}`, []string{`{"a":2}`, `{"a":3}`}, dot('b', 1), "", `{"a":2}`},
		{"a new value", `{"a":1}`, []string{`{"a":2}`, `{"a":3}`}, crdt.Dot{}, `[4]`, `{"a":[4]}`},
		{"the shown value again", `{"a":1}`, []string{`{"a":2}`, `{"a":3}`}, crdt.Dot{}, `3`, `{"a":3}`},
		{"take the object", `{"a":1}`, []string{`{"a":{"x":1}}`, `{"a":"s"}`}, dot('b', 2), "", `{"a":{"x":1}}`},
		{"take the text", `{"a":1}`, []string{`{"a":{"x":1}}`, `{"a":"s"}`}, dot('c', 1), "", `{"a":"s"}`},
		{"take the counter", `{"a":1}`, []string{`{"a":{"$counter":7}}`, `{"a":"s"}`}, dot('b', 2), "", `{"a":{"$counter":7}}`},
		{"take the set", `{"a":1}`, []string{`{"a":{"$set":["x"]}}`, `{"a":"s"}`}, dot('b', 2), "", `{"a":{"$set":["x"]}}`},
		{"count on", `{"a":1}`, []string{`{"a":"s"}`, `{"a":{"$counter":7}}`}, crdt.Dot{}, `9`, `{"a":{"$counter":9}}`},
		{"keep what was edited", `{"m":{"x":1}}`, []string{`{}`, `{"m":{"x":2}}`}, dot('c', 1), "", `{"m":{"x":2}}`},
		{"replace what was edited", `{"m":{"x":1}}`, []string{`{}`, `{"m":{"x":2}}`}, crdt.Dot{}, `{"y":0}`, `{"m":{"y":0}}`},
		{"keep the counter", `{"n":{"$counter":1}}`, []string{`{}`, `{"n":4}`}, dot('c', 1), "", `{"n":{"$counter":3}}`},
		{"count on what was counted", `{"n":{"$counter":1}}`, []string{`{}`, `{"n":4}`}, crdt.Dot{}, `9`, `{"n":{"$counter":9}}`},
		{"keep the set", `{"s":{"$set":["a"]}}`, []string{`{}`, `{"s":["a","b"]}`}, dot('c', 1), "", `{"s":{"$set":["b"]}}`},
	} {
		d, seen := forked(t, c.base, c.edits...)
		conflict := d.Conflicts()[0]
		r := crdt.Resolution{Take: c.take}
		r.Path, _ = crdt.ParsePointer(conflict.Path)
		if c.value != "" {
			r.Value = parse(t, c.value)
		}
		w := crdt.NewWriter(crdt.ReplicaID{'z'}, 1, 100)
		for _, k := range conflict.Candidates {
			_, changed, err := d.Resolve(w, r)
			checkError(t, err, conflict.Path, crdt.ErrUnseen)
			if changed || w.Taken() > 0 {
				t.Errorf("%s: resolved unseen", c.name)
			}
			r.Seen = append(r.Seen, k.Dot)
		}
		after, changed, err := d.Resolve(w, r)
		if err != nil || !changed || w.Taken() == 0 || typed(after) != c.after || after.HasConflicts() {
			t.Errorf("%s: %s %v %v, conflicts %s", c.name, typed(after), changed, err, told(after))
		}
		checkDecode(t, after.AppendCanonical(nil))
		// It is resolved everywhere: a replica that still has the conflict takes it.
		context := seen
		context.Raise(w.Replica, w.Next-1)
		m := merge(t, crdt.State{Document: d, Context: seen}, crdt.State{Document: after, Context: context})
		if typed(m.Document) != c.after || m.Document.HasConflicts() {
			t.Errorf("%s: elsewhere %s", c.name, told(m.Document))
		}
	}
}

func TestResolveRefuses(t *testing.T) {
	d, _ := forked(t, `{"a":1,"b":{"c":1}}`, `{"a":2,"b":{"c":1}}`, `{"a":3,"b":{"c":1}}`)
	seen := []crdt.Dot{dot('b', 1), dot('c', 1)}
	for path, want := range map[string]error{"/b": crdt.ErrNoConflict, "/b/c": crdt.ErrNoConflict, "/x": crdt.ErrNoConflict, "": crdt.ErrNoConflict, "/a": crdt.ErrCandidate, "/a/x": crdt.ErrKind} {
		p, _ := crdt.ParsePointer(path)
		at := path
		if path == "/a/x" {
			at = "/a"
		}
		w := later()
		_, changed, err := d.Resolve(w, crdt.Resolution{Path: p, Seen: seen, Take: dot('a', 2)})
		checkError(t, err, at, want)
		if changed || w.Taken() > 0 {
			t.Errorf("%q: resolved", path)
		}
	}
}

// TestWhatSurvivedStays removes the last of what survived a removal: the
// object and the set stay, empty, as for any other.
func TestWhatSurvivedStays(t *testing.T) {
	for _, c := range []struct{ base, edit, op, after string }{
		{`{"a":1}`, `{"a":2}`, `{"op":"unset","path":"/a"}`, `{}`},
		{`{"a":1}`, `{"a":2}`, `{"op":"set","path":"","value":{}}`, `{}`},
		{`{"s":{"$set":["a"]}}`, `{"s":["a","b"]}`, `{"op":"remove","path":"/s","value":"b"}`, `{"s":{"$set":[]}}`},
		{`{"s":{"$set":["a"]}}`, `{"s":["a","b"]}`, `{"op":"set","path":"/s","value":[]}`, `{"s":{"$set":[]}}`},
		{`{"m":{"a":1}}`, `{"m":{"a":2}}`, `{"op":"unset","path":"/m/a"}`, `{"m":{}}`},
	} {
		d, _ := forked(t, c.base, "", c.edit)
		ops, err := crdt.ParseOps([]byte("[" + c.op + "]"))
		if err != nil {
			t.Fatal(err)
		}
		after, changed, err := d.Apply(crdt.NewWriter(replica('z'), 1, 100), ops)
		if err != nil || !changed || typed(after) != c.after {
			t.Errorf("%s, %s: %s %v %v", typed(d), c.op, typed(after), changed, err)
		}
	}
	d, _ := forked(t, `{"a":1}`, "", `{"a":2}`)
	after, _, err := d.MergePatch(crdt.NewWriter(replica('z'), 1, 100), parse(t, `{"a":null}`))
	if err != nil || typed(after) != `{}` {
		t.Errorf("%s %v", typed(after), err)
	}
}

// TestEditsBelowThreeKinds edits inside an object that has siblings of other
// types: the entries of the input keep their order.
func TestEditsBelowThreeKinds(t *testing.T) {
	d, _ := forked(t, `{"a":1}`, `{"a":"s"}`, `{"a":{"$counter":5}}`, `{"a":{"x":1}}`)
	before := slices.Collect(d.Dots())
	w := crdt.NewWriter(replica('z'), 1, 100)
	one, _, err := d.Apply(w, []crdt.Op{{Op: "set", Path: crdt.Pointer{"a", "x"}, Value: parse(t, "2")}})
	two, _, err2 := d.Put(w, parse(t, `{"a":{"x":2}}`))
	if err != nil || err2 != nil || typed(one) != `{"a":{"x":2}}` || typed(two) != typed(one) || !two.HasConflicts() {
		t.Errorf("%s %v, %s %v", typed(one), err, typed(two), err2)
	}
	if after := slices.Collect(d.Dots()); !slices.Equal(before, after) {
		t.Errorf("the input was modified: %v, was %v", after, before)
	}
}

// TestResolveLosesNothing lets two replicas take different values at the same
// time: both stay, as a conflict.
func TestResolveLosesNothing(t *testing.T) {
	d, seen := forked(t, `{"a":1}`, `{"a":2}`, `{"a":3}`)
	var states []crdt.State
	for i, take := range []crdt.Dot{dot('b', 1), dot('c', 1)} {
		w := crdt.NewWriter(crdt.ReplicaID{byte('x' + i)}, 1, 100)
		after, _, err := d.Resolve(w, crdt.Resolution{Path: crdt.Pointer{"a"}, Seen: []crdt.Dot{dot('b', 1), dot('c', 1)}, Take: take})
		if err != nil {
			t.Fatal(err)
		}
		context := seen
		context.Raise(w.Replica, 1)
		states = append(states, crdt.State{Document: after, Context: context})
	}
	if got := told(merge(t, states[0], states[1]).Document); got != `/a value: !y:1 3, x:1 2` {
		t.Error(got)
	}
}

// TestEveryConflictCanBeResolved resolves all conflicts of what is drawn, one
// by one, until none is left.
func TestEveryConflictCanBeResolved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		states := crdttest.States(t)
		all := states[0]
		for _, s := range states {
			m := merge(t, all, s)
			all = crdt.State{Document: m.Document, Context: all.Context.Merge(s.Context)}
		}
		d, w := all.Document, crdt.NewWriter(crdt.ReplicaID{'z'}, 1, 1<<40)
		for range 100 {
			conflicts := d.Conflicts()
			if d.HasConflicts() != (len(conflicts) > 0) {
				t.Fatalf("HasConflicts is %v: %s", d.HasConflicts(), told(d))
			}
			if len(conflicts) == 0 {
				return
			}
			c := rapid.SampledFrom(conflicts).Draw(t, "conflict")
			r := crdt.Resolution{Take: c.Candidates[0].Dot}
			r.Path, _ = crdt.ParsePointer(c.Path)
			for _, k := range c.Candidates {
				r.Seen = append(r.Seen, k.Dot)
			}
			plain := string(d.AppendJSON(nil, crdt.FormatPlain))
			next, changed, err := d.Resolve(w, r)
			if err != nil || !changed {
				t.Fatalf("%s: %v %v", told(d), changed, err)
			}
			if after := string(next.AppendJSON(nil, crdt.FormatPlain)); after != plain {
				t.Fatalf("taking what is shown made %s of %s", after, plain)
			}
			checkDecode(t, next.AppendCanonical(nil))
			d = next
		}
		t.Fatalf("still conflicts: %s", told(d))
	})
}

// HasConflicts runs with every write and merge of a document.
func TestHasConflictsAllocatesNothing(t *testing.T) {
	for _, doc := range []string{
		`{"a":1,"b":{"c":[1,2],"d":{"$counter":3},"e":{"$set":[1,2]}}}`,
		`{"a":{"$set":["x"]},"b":{"$counter":1},"c":{"d":{"e":{"$set":["y","z"]}}}}`,
	} {
		p, err := crdt.ParseJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := (*crdt.Document)(nil).Put(crdt.NewWriter(crdt.ReplicaID{1}, 1, 1), p)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { d.HasConflicts() }); n != 0 {
			t.Errorf("%s: %v allocations", doc, n)
		}
	}
}

// TestConflictsInEachOther is a large value, deep inside of objects that were
// removed while it was written: each of them has it in its candidate.
func TestConflictsInEachOther(t *testing.T) {
	const depth = 60
	a, path := newPeer('a'), slices.Repeat(crdt.Pointer{"d"}, depth)
	set := func(v string) edit {
		return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Apply(w, []crdt.Op{{Op: "set", Path: path, Value: parse(t, v)}})
		}
	}
	a.edit(t, set("1"))
	b := newPeer('b')
	b.hear(t, a)
	a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Delete(w) })
	b.edit(t, set(`"`+strings.Repeat("x", 900<<10)+`"`))
	a.hear(t, b)
	d, deepest := a.Document, ""
	for range 3 {
		all, size := d.Conflicts(), 0
		for _, c := range all {
			size += len(c.Candidates[0].JSON)
		}
		if size > 18<<20 || size < 14<<20 {
			t.Fatalf("%d bytes are listed of a document of %d", size, len(d.Canonical()))
		}
		last := all[len(all)-1].Path
		if len(last) <= len(deepest) {
			t.Errorf("conflicts are listed down to %s, as before", last)
		}
		deepest = last
		at, err := crdt.ParsePointer(all[0].Path)
		if err != nil {
			t.Fatal(err)
		}
		first := all[0].Candidates[0].Dot
		if d, _, err = d.Resolve(later(), crdt.Resolution{Path: at, Take: first, Seen: []crdt.Dot{first}}); err != nil {
			t.Fatal(err)
		}
	}
}
