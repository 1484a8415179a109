package crdt_test

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// TestPutOverListsAndTexts counts the dots: two for each element inserted (its
// place and its value), one for each removed or moved, one for each code point.
func TestPutOverListsAndTexts(t *testing.T) {
	for _, c := range []struct {
		before, put, after string
		dots               uint64
	}{
		{`[1,2,3]`, `[1,2.0,3]`, `[1,2,3]`, 0},
		{`[1,2,3]`, `[1,3]`, ``, 1},
		{`[1,2,3]`, `[]`, ``, 3},
		{`[]`, `[1]`, ``, 2},
		{`[1,2,3]`, `[0,1,2,3,4]`, ``, 4},
		{`[1,2,3]`, `[1,9,3]`, ``, 3},
		{`[1,2,3]`, `[3,1,2]`, ``, 1},
		{`[1,2,3]`, `[3,2,1]`, ``, 2},
		{`[1,1,1]`, `[1,1]`, ``, 1},
		{`[{"a":1},{"a":2}]`, `[{"a":1},{"a":3}]`, ``, 1},
		{`[{"a":1},{"a":2}]`, `[{"a":2},{"a":1}]`, ``, 1},
		{`[{"id":1,"a":1},{"id":2,"a":2}]`, `[{"id":2,"a":5},{"id":1,"a":1}]`, ``, 2},
		{`[{"id":1,"a":1}]`, `[{"id":2,"a":1}]`, ``, 5},
		{`[{"_id":"x","a":1},{"_id":"y"}]`, `[{"_id":"y"},{"_id":"x","a":2}]`, ``, 2},
		{`[{"key":1.0,"a":1},7]`, `[7,{"key":1,"a":2}]`, `[7,{"a":2,"key":1.0}]`, 2},
		{`[{"a":1}]`, `[{"id":7,"a":1}]`, `[{"a":1,"id":7}]`, 1},
		{`[[1],[2]]`, `[[1],[2,3]]`, ``, 2},
		{`[{"$counter":1},{"$text":"ab"},{"$set":[1]}]`, `[2,"aXb",[1,2]]`, `[{"$counter":2},{"$text":"aXb"},{"$set":[1,2]}]`, 3},
		{`[{"$register":[1]}]`, `[[2]]`, `[{"$register":[2]}]`, 1},
		{`[1]`, `[{"$counter":1}]`, ``, 2},
		{`[1]`, `{"$register":[1]}`, ``, 1},
		{`{"$register":[1]}`, `[2]`, `{"$register":[2]}`, 1},
		{`{"$register":[1]}`, `{"a":1}`, `{"$register":{"a":1}}`, 1},
		{`{"$register":{"a":1}}`, `{"a":1.0}`, `{"$register":{"a":1}}`, 0},
		{`{"$register":[1]}`, `[{"$counter":1}]`, ``, 4},
		{`{"$register":[1]}`, `"x"`, ``, 1},
		{`[1]`, `"x"`, ``, 1},
		{`[1]`, `{"$set":[1]}`, ``, 2},
		{`{"$set":[1]}`, `[1,2]`, `{"$set":[1,2]}`, 1},
		{`{"$text":"hello"}`, `"hello"`, `{"$text":"hello"}`, 0},
		{`{"$text":"hello"}`, `"help"`, `{"$text":"help"}`, 3},
		{`{"$text":"hello"}`, `{"$text":""}`, ``, 5},
		{`{"$text":""}`, `"a😀"`, `{"$text":"a😀"}`, 2},
		{`{"$text":"a"}`, `{"$register":"a"}`, `"a"`, 1},
		{`{"$text":"a"}`, `7`, ``, 1},
		{`{"$text":"a"}`, `{"$bytes":"aGk="}`, ``, 1},
		{`"a"`, `{"$text":"a"}`, ``, 2},
	} {
		before := put(t, `{"v":`+c.before+`}`)
		w := later()
		after, changed, err := before.Put(w, parse(t, `{"v":`+c.put+`}`))
		if c.after == "" {
			c.after = c.put
		}
		want := typed(put(t, `{"v":`+c.after+`}`))
		if err != nil || typed(after) != want || w.Taken() != c.dots || changed != (c.dots > 0) {
			t.Errorf("%s put %s: %s with %d dots (changed %v, %v), not %s with %d", c.before, c.put, typed(after), w.Taken(), changed, err, want, c.dots)
		}
		checkDecode(t, after.AppendCanonical(nil))
	}
}

// anyTyped draws typed JSON with lists and texts, out of few values so that
// they meet.
func anyTyped(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 8).Draw(t, "kind")
	if depth == 0 && kind > 3 {
		kind = 0
	}
	switch kind {
	case 1:
		return rapid.SampledFrom([]string{`{"$counter":1}`, `{"$counter":2}`, `{"$set":[1,"a"]}`, `{"$set":[]}`, `{"$register":[1]}`, `{"$register":{"a":[]}}`}).Draw(t, "tag")
	case 2, 3:
		s, _ := json.Marshal(rapid.StringOfN(rapid.RuneFrom([]rune("ab😀")), 0, 6, -1).Draw(t, "text"))
		if kind == 2 {
			return string(s)
		}
		return `{"$text":` + string(s) + `}`
	case 4, 5, 6:
		b := []byte("[")
		for i := range rapid.IntRange(0, 6).Draw(t, "elements") {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, anyTyped(t, depth-1)...)
		}
		return string(append(b, ']'))
	case 7, 8:
		b := []byte("{")
		for i, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "id"}), 0, 3, rapid.ID[string]).Draw(t, "names") {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(append(b, '"'), name...), `":`...)
			b = append(b, anyTyped(t, depth-1)...)
		}
		return string(append(b, '}'))
	}
	return crdttest.Scalars.Draw(t, "scalar")
}

// agrees reports whether two typed documents show the same; what is a set in
// one of them has no order and no repetition.
func agrees(a, b any) bool {
	x, setA := untagged(a)
	y, setB := untagged(b)
	if setA || setB {
		return reflect.DeepEqual(unordered(plainly(x)), unordered(plainly(y)))
	}
	switch x := x.(type) {
	case []any:
		y, ok := y.([]any)
		return ok && slices.EqualFunc(x, y, agrees)
	case map[string]any:
		y, ok := y.(map[string]any)
		return ok && maps.EqualFunc(x, y, agrees)
	case float64:
		y, ok := y.(float64)
		return ok && x == y
	}
	return x == y
}

// untagged is what a $-tag shows in plain JSON.
func untagged(v any) (shown any, set bool) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return v, false
	}
	for name, inside := range m {
		switch name {
		case "$set":
			elements := inside.([]any)
			for i := range elements {
				elements[i], _ = untagged(elements[i])
			}
			return elements, true
		case "$counter", "$text", "$bytes", "$register":
			return inside, false
		}
	}
	return v, false
}

// plainly is a value without tags.
func plainly(v any) any {
	v, _ = untagged(v)
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plainly(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = plainly(v[name])
		}
	}
	return v
}

func agreeing(t rapid.TB, a, b *crdt.Document) bool {
	return agrees(decode(t, typed(a)), decode(t, typed(b)))
}

// TestPutMakesListsAndTexts puts anything over anything: the outcome shows just
// that, putting it again changes nothing, and the bytes are canonical.
func TestPutMakesListsAndTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, w := put(t, anyTyped(t, 3)), later()
		for range rapid.IntRange(1, 3).Draw(t, "puts") {
			want := put(t, anyTyped(t, 3))
			f := rapid.SampledFrom([]crdt.Format{crdt.FormatPlain, crdt.FormatTyped}).Draw(t, "format")
			p := crdttest.Plain(t, string(want.AppendJSON(nil, f)))
			after, _, err := d.Put(w, p)
			w.Time++
			if errors.Is(err, crdt.ErrOverflow) {
				return
			} else if err != nil {
				t.Fatal(err)
			}
			if !agreeing(t, after, want) {
				t.Fatalf("%s put %s is %s", typed(d), typed(want), typed(after))
			}
			if again, changed, err := after.Put(w, p); changed || err != nil {
				t.Fatalf("put again changed %s to %s (%v)", typed(after), typed(again), err)
			}
			checkDecode(t, after.AppendCanonical(nil))
			d = after
		}
	})
}

// TestReplicasThatPutAgree lets two replicas put and merge: they hold the same.
func TestReplicasThatPutAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newPeer('a'), newPeer('b')
		for range rapid.IntRange(1, 3).Draw(t, "rounds") {
			for _, p := range []*peer{a, b} {
				text := anyTyped(t, 3)
				err := p.try(func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
					return d.Put(w, crdttest.Plain(t, text))
				})
				if err != nil && !errors.Is(err, crdt.ErrOverflow) {
					t.Fatal(err)
				}
			}
			a.hear(t, b)
			b.hear(t, a)
			if string(a.Document.Canonical()) != string(b.Document.Canonical()) {
				t.Fatalf("%s and %s", typed(a.Document), typed(b.Document))
			}
			checkDecode(t, a.Document.AppendCanonical(nil))
		}
	})
}

// TestEditsKeepWhatIsShown removes what made one of two types the later one:
// it is still the one that is shown, and the other is still a conflict.
func TestEditsKeepWhatIsShown(t *testing.T) {
	for _, c := range []struct{ first, second, put, unset string }{
		{`{"x":1}`, `{"x":1,"y":2}`, `{"x":1}`, "/v/y"},
		{`[1]`, `[1,2]`, `[1]`, "/v/1"},
	} {
		for name, fn := range map[string]edit{
			"put": puts(t, `{"v":`+c.put+`}`),
			"merge patch": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
				return d.MergePatch(w, parse(t, `{"v":{"y":null}}`))
			},
			"patch": func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
				return patched(d, w, []byte(`[{"op":"remove","path":"`+c.unset+`"}]`))
			},
		} {
			if name == "merge patch" && c.put[0] == '[' {
				continue
			}
			a, b := newPeer('a'), newPeer('b')
			a.edit(t, puts(t, `{}`))
			b.hear(t, a)
			a.edit(t, puts(t, `{"v":`+c.first+`}`))
			b.time = 5
			b.edit(t, puts(t, `{"v":7}`))
			a.time = 10
			a.edit(t, puts(t, `{"v":`+c.second+`}`))
			a.hear(t, b)
			a.edit(t, fn)
			if want := `{"v":` + c.put + `}`; typed(a.Document) != want || !a.Document.HasConflicts() {
				t.Errorf("%s: %s, not %s, conflicts: %v", name, typed(a.Document), want, a.Document.HasConflicts())
			}
			checkDecode(t, a.Document.AppendCanonical(nil))
		}
	}
}

// TestListsWithoutPresence edits a list that was removed while one of its
// elements was edited, several times in one transaction.
func TestListsWithoutPresence(t *testing.T) {
	for _, c := range []struct {
		patch, after string
		conflict     bool
	}{
		{`[{"op":"replace","path":"/l/0/x","value":3},{"op":"add","path":"/l/0/y","value":1},{"op":"test","path":"/l","value":[{"x":3,"y":1}]}]`, `{"l":[{"x":3,"y":1}]}`, true},
		{`[{"op":"add","path":"/l/-","value":4},{"op":"move","from":"/l/1","path":"/l/0"},{"op":"remove","path":"/l/1"}]`, `{"l":[4]}`, true},
		{`[{"op":"remove","path":"/l/0"},{"op":"test","path":"/l","value":[]},{"op":"add","path":"/l/0","value":5}]`, `{"l":[5]}`, false},
		{`[{"op":"replace","path":"/l","value":[{"x":2},6]},{"op":"remove","path":"/l/0"},{"op":"copy","from":"/l","path":"/m"}]`, `{"l":[6],"m":[6]}`, true},
	} {
		a, b := newPeer('a'), newPeer('b')
		a.edit(t, puts(t, `{"l":[{"x":1}]}`))
		b.hear(t, a)
		a.edit(t, puts(t, `{}`))
		b.edit(t, puts(t, `{"l":[{"x":2}]}`))
		a.hear(t, b)
		a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return patched(d, w, []byte(c.patch))
		})
		if typed(a.Document) != c.after || a.Document.HasConflicts() != c.conflict {
			t.Errorf("%s: %s, conflicts: %v", c.patch, typed(a.Document), a.Document.HasConflicts())
		}
		checkDecode(t, a.Document.AppendCanonical(nil))
	}
}
