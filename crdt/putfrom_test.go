package crdt_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// draft is a document as its writers see it: places that each of them edits
// alone.
type draft struct {
	fields map[string]any
	list   []listed
	words  []string
	count  int
	tags   map[string]bool
}

// listed is one element of the draft's list.
type listed struct {
	id, value int
	named     bool
}

func (d *draft) clone() *draft {
	c := *d
	c.fields, c.tags = map[string]any{}, map[string]bool{}
	for k, v := range d.fields {
		c.fields[k] = v
	}
	for k := range d.tags {
		c.tags[k] = true
	}
	c.list, c.words = append([]listed{}, d.list...), append([]string{}, d.words...)
	return &c
}

// json is the draft as plain JSON, or, to begin with, with its types.
func (d *draft) json(typed bool) string {
	list := []any{}
	for _, r := range d.list {
		if r.named {
			list = append(list, map[string]any{"id": r.id, "v": map[string]any{"x": r.value}})
		} else {
			list = append(list, fmt.Sprintf("%d:%d", r.id, r.value))
		}
	}
	var text strings.Builder
	for i, w := range d.words {
		fmt.Fprintf(&text, "%s <%03d> ", w, i)
	}
	tags := []any{}
	for _, tag := range strings.Split("a0 a1 b0 b1 c", " ") {
		if d.tags[tag] {
			tags = append(tags, tag)
		}
	}
	v := map[string]any{"fields": d.fields, "list": list, "text": text.String(), "count": d.count, "tags": tags}
	if typed {
		v["text"], v["count"], v["tags"] = map[string]any{"$text": text.String()}, map[string]any{"$counter": d.count}, map[string]any{"$set": tags}
	}
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// edit is what writer 0 or 1 does to its places in from: those of its number
// modulo 2. What it does is noted in each of the drafts to.
func (d *draft) edit(t *rapid.T, writer int, to ...*draft) {
	for i := range 6 {
		if i%2 != writer || rapid.Bool().Draw(t, "leave field") {
			continue
		}
		name := fmt.Sprint("f", i)
		change := rapid.SampledFrom([]string{"set", "nest", "remove"}).Draw(t, "field")
		for _, o := range to {
			switch change {
			case "set":
				o.fields[name] = fmt.Sprint("new", writer)
			case "nest":
				o.fields[name] = map[string]any{"deep": []any{true}}
			default:
				delete(o.fields, name)
			}
		}
	}
	for i, r := range d.list {
		if r.id%2 != writer || i == 0 {
			continue
		}
		change := rapid.SampledFrom([]string{"", "", "value", "remove", "insert"}).Draw(t, "element")
		for _, o := range to {
			o.change(r.id, change, writer)
		}
	}
	for i := range d.words {
		if i%2 == writer && rapid.Bool().Draw(t, "word") {
			word := rapid.StringOfN(rapid.RuneFrom([]rune{rune('A' + i)}), 0, 9, -1).Draw(t, "replaced by")
			for _, o := range to {
				o.words[i] = word
			}
		}
	}
	by, tag := rapid.IntRange(-3, 3).Draw(t, "by"), fmt.Sprint(string(rune('a'+writer)), rapid.IntRange(0, 1).Draw(t, "tag"))
	for _, o := range to {
		o.count += by
		if o.tags[tag] {
			delete(o.tags, tag)
		} else {
			o.tags[tag] = true
		}
	}
}

// change changes the element with an id, removes it, or inserts one after it.
func (d *draft) change(id int, how string, writer int) {
	for i := range d.list {
		if d.list[i].id != id {
			continue
		}
		switch {
		case how == "value" && d.list[i].named:
			d.list[i].value += 100
		case how == "remove":
			d.list = append(d.list[:i:i], d.list[i+1:]...)
		case how == "insert":
			d.list = append(d.list[:i+1:i+1], append([]listed{{id: 1000 + id, value: writer, named: id%3 == 0}}, d.list[i+1:]...)...)
		}
		return
	}
}

func drawDraft(t *rapid.T) *draft {
	d := &draft{fields: map[string]any{}, tags: map[string]bool{"c": true, "a0": true, "b1": true}}
	for i := range 6 {
		if rapid.Bool().Draw(t, "field") {
			d.fields[fmt.Sprint("f", i)] = map[string]any{"was": i, "here": []any{i}}
		}
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "elements") {
		d.list = append(d.list, listed{id: i, value: i, named: rapid.Bool().Draw(t, "object")})
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "words") {
		d.words = append(d.words, strings.Repeat(string(rune('a'+i)), 3))
	}
	return d
}

// TestPutFromKeepsBoth lets two writers put, one after the other, what they
// made of the same base by editing different places: nothing is lost.
func TestPutFromKeepsBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := drawDraft(t)
		start := put(t, a.json(true))
		b, want := a.clone(), a.clone()
		base := a.clone()
		base.edit(t, 0, a, want)
		base.edit(t, 1, b, want)
		first, second := crdt.NewWriter(crdt.ReplicaID{'b'}, 1, 2), crdt.NewWriter(crdt.ReplicaID{'b'}, 1, 3)
		if rapid.Bool().Draw(t, "the replica that made it") {
			first.Replica, first.Next = crdt.ReplicaID{'a'}, 100_000
		}
		d, _, err := start.PutFrom(first, start, crdttest.Plain(t, a.json(false)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plainly(decode(t, typed(d))), decode(t, a.json(false))) {
			t.Fatalf("with the document as its own base, %s is %s", a.json(false), typed(d))
		}
		if second.Replica == first.Replica || rapid.Bool().Draw(t, "the same replica") {
			second.Replica, second.Next = first.Replica, first.Next
		}
		d, _, err = d.PutFrom(second, start, crdttest.Plain(t, b.json(false)))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(plainly(decode(t, typed(d))), decode(t, want.json(false))) {
			t.Fatalf("%s,\nthen %s,\nboth of %s,\nis %s,\nnot %s", a.json(false), b.json(false), base.json(false), typed(d), want.json(false))
		}
		if d.HasConflicts() {
			t.Fatalf("conflicts: %+v", d.Conflicts())
		}
		checkDecode(t, d.AppendCanonical(nil))
	})
}

// TestPutFromIsAMerge compares with a replica that has nothing but the base,
// puts it there, and is heard of.
func TestPutFromIsAMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newPeer('a'), newPeer('b')
		a.edit(t, puts(t, anyTyped(t, 3)))
		b.hear(t, a)
		base := a.Document
		text := anyTyped(t, 3)
		if a.try(puts(t, anyTyped(t, 3))) != nil {
			return // a counter overflows
		}
		w := crdt.NewWriter(b.id, b.Context.Counter(b.id)+1, b.time+1)
		got, _, err := a.Document.PutFrom(w, base, crdttest.Plain(t, text))
		if err != nil || b.try(puts(t, text)) != nil {
			return
		}
		a.hear(t, b)
		if string(got.Canonical()) != string(a.Document.Canonical()) {
			t.Fatalf("%s, not %s", typed(got), typed(a.Document))
		}
	})
}

func puts(t rapid.TB, text string) edit {
	p, err := crdt.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Put(w, p) }
}

// TestCountersFromOldBases counts by puts whose bases are any earlier versions;
// every difference counts once.
func TestCountersFromOldBases(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		versions, totals := []*crdt.Document{put(t, `{"n":{"$counter":0}}`)}, []int{0}
		w := crdt.NewWriter(crdt.ReplicaID{'a'}, 10, 2)
		for range rapid.IntRange(1, 8).Draw(t, "puts") {
			i := rapid.IntRange(0, len(versions)-1).Draw(t, "base")
			by := rapid.IntRange(-5, 5).Draw(t, "by")
			last := len(versions) - 1
			p := crdttest.Plain(t, fmt.Sprintf(`{"n":%d}`, totals[i]+by))
			d, _, err := versions[last].PutFrom(w, versions[i], p)
			if err != nil {
				t.Fatal(err)
			}
			versions, totals = append(versions, d), append(totals, totals[last]+by)
			if want := fmt.Sprintf(`{"n":{"$counter":%d}}`, totals[last]+by); typed(d) != want {
				t.Fatalf("%s, not %s", typed(d), want)
			}
			checkDecode(t, d.AppendCanonical(nil))
		}
	})
}

// TestPutFromWhatOthersChanged is what happens where both were.
func TestPutFromWhatOthersChanged(t *testing.T) {
	for _, c := range []struct{ base, now, put, shown, conflicts string }{
		{`{"a":1}`, `{"a":2}`, `{"a":3}`, `{"a":3}`, "/a value"},
		{`{"a":1}`, `{"a":2}`, `{"a":1}`, `{"a":2}`, ""},
		{`{"a":1}`, `{}`, `{"a":1,"b":1}`, `{"b":1}`, ""},
		{`{"a":1}`, `{}`, `{"a":2}`, `{"a":2}`, ""},
		{`{"a":{"b":1}}`, `{}`, `{"a":{"b":2}}`, `{"a":{"b":2}}`, "/a edited-while-removed"},
		{`{"a":{"b":1}}`, `{"a":{"b":2}}`, `{}`, `{"a":{"b":2}}`, "/a edited-while-removed"},
		{`{"a":{"b":1}}`, `{"a":{"b":1,"c":1}}`, `{"a":7}`, `{"a":7}`, "/a type"},
		{`{}`, `{"a":{"b":1}}`, `{"a":{"c":1}}`, `{"a":{"b":1,"c":1}}`, ""},
		{`{"l":[{"x":1},{"x":2}]}`, `{"l":[{"x":2}]}`, `{"l":[{"x":5},{"x":2}]}`, `{"l":[{"x":5},{"x":2}]}`, "/l/0 edited-while-removed"},
		{`{"l":[1,2,3]}`, `{"l":[2,3]}`, `{"l":[1,2]}`, `{"l":[2]}`, ""},
		{`{"l":[1,2,3]}`, `{"l":[3,1,2]}`, `{"l":[1,2,3,4]}`, `{"l":[3,1,2,4]}`, ""},
		{`{"t":{"$text":"one two"}}`, `{"t":"one too two"}`, `{"t":"one two three"}`, `{"t":{"$text":"one too two three"}}`, ""},
		{`{"t":{"$text":"one two"}}`, `{}`, `{"t":"one two!"}`, `{"t":{"$text":"one two!"}}`, "/t edited-while-removed"},
		{``, `{"a":1}`, `{"b":1}`, `{"a":1,"b":1}`, ""},
	} {
		var base *crdt.Document
		if c.base != "" {
			base = put(t, c.base)
		}
		w := crdt.NewWriter(crdt.ReplicaID{'b'}, 1, 2)
		now, _, err := base.Put(w, parse(t, c.now))
		if err != nil {
			t.Fatal(err)
		}
		w.Time++
		got, _, err := now.PutFrom(w, base, parse(t, c.put))
		var conflicts []string
		for _, x := range got.Conflicts() {
			conflicts = append(conflicts, x.Path+" "+x.Kind)
		}
		if err != nil || typed(got) != c.shown || strings.Join(conflicts, ", ") != c.conflicts {
			t.Errorf("%s, now %s, put %s: %s %v (%v), not %s %s", c.base, c.now, c.put, typed(got), conflicts, err, c.shown, c.conflicts)
		}
		checkDecode(t, got.AppendCanonical(nil))
	}
}
