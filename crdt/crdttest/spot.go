package crdttest

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// spot is a place in a document that can be edited, as typed JSON shows it.
type spot struct {
	path crdt.Pointer
	kind string // "object", "list", or a tag without its $; "value" for all others
	size int    // fields, elements, code points
	put  func(any)
}

// spotsOf lists all places of typed JSON, which put may change.
func spotsOf(root *any) (all []spot) {
	var walk func(path crdt.Pointer, v any, put func(any))
	walk = func(path crdt.Pointer, v any, put func(any)) {
		s := spot{path: slices.Clone(path), kind: "value", put: put}
		switch v := v.(type) {
		case map[string]any:
			if tag, inside := tagOf(v); tag != "" {
				s.kind = tag
				if text, ok := inside.(string); ok {
					s.size = utf8.RuneCountInString(text)
				}
				break
			}
			s.kind, s.size = "object", len(v)
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(append(path, name), v[name], func(x any) { v[name] = x })
			}
		case []any:
			s.kind, s.size = "list", len(v)
			for i := range v {
				walk(append(path, strconv.Itoa(i)), v[i], func(x any) { v[i] = x })
			}
		}
		all = append(all, s)
	}
	walk(nil, *root, func(x any) { *root = x })
	return all
}

// tagOf is the tag that an object is, without its $, and what it holds.
func tagOf(v map[string]any) (tag string, inside any) {
	for _, tag := range []string{"text", "counter", "set", "bytes", "register"} {
		if inside, ok := v["$"+tag]; ok {
			return tag, inside
		}
	}
	return "", nil
}

// tree is what a document shows, decoded; nil is nothing.
func tree(t *rapid.T, d *crdt.Document, f crdt.Format) any {
	text := d.AppendJSON(nil, f)
	if len(text) == 0 {
		return nil
	}
	var v any
	if err := unmarshal(text, &v); err != nil {
		t.Fatalf("printed no JSON: %q: %v", text, err)
	}
	return v
}

// changed is the JSON of what a document shows with one or two things changed
// somewhere, as somebody does who edits it whole.
func changed(t *rapid.T, d *crdt.Document) string {
	f := rapid.SampledFrom([]crdt.Format{crdt.FormatPlain, crdt.FormatTyped}).Draw(t, "format")
	root := tree(t, d, f)
	if root == nil {
		return Object(t, 2)
	}
	for range rapid.IntRange(1, 2).Draw(t, "changes") {
		change(t, &root)
	}
	b, err := json.Marshal(root)
	must(err)
	return string(b)
}

func change(t *rapid.T, root *any) {
	spots := spotsOf(root)
	s := rapid.SampledFrom(spots).Draw(t, "spot")
	old := valueAt(*root, s.path)
	switch v := old.(type) {
	case []any:
		s.put(changedList(t, v))
	case string:
		s.put(changedText(t, v))
	case map[string]any:
		if text, ok := v["$text"].(string); ok {
			v["$text"] = changedText(t, text)
			return
		}
		if tag, _ := tagOf(v); tag == "" {
			name := Names.Draw(t, "name")
			if _, ok := v[name]; ok && rapid.Bool().Draw(t, "remove") {
				delete(v, name)
				return
			}
			v[name] = drawn(t)
			return
		}
		s.put(drawn(t))
	default:
		s.put(drawn(t))
	}
}

func changedList(t *rapid.T, v []any) []any {
	v = slices.Clone(v)
	i := rapid.IntRange(0, len(v)).Draw(t, "i")
	switch rapid.IntRange(0, 3).Draw(t, "list") {
	case 0:
		return slices.Insert(v, i, drawn(t))
	case 1:
		return slices.Delete(v, i, min(len(v), i+rapid.IntRange(1, 2).Draw(t, "n")))
	case 2: // one, or several, elsewhere
		return append(v[i:len(v):len(v)], v[:i]...)
	}
	if len(v) > 1 {
		return rapid.Permutation(v).Draw(t, "permutation")
	}
	return append(v, drawn(t))
}

func changedText(t *rapid.T, s string) string {
	v := []rune(s)
	i := rapid.IntRange(0, len(v)).Draw(t, "i")
	k := min(len(v), i+rapid.IntRange(0, 2).Draw(t, "n"))
	return string(slices.Concat(v[:i], []rune(Words.Draw(t, "typed")), v[k:]))
}

// drawn is a value of any type.
func drawn(t *rapid.T) (v any) {
	must(unmarshal([]byte(JSON(t, 1)), &v))
	return v
}

func valueAt(v any, path crdt.Pointer) any {
	for _, token := range path {
		switch x := v.(type) {
		case map[string]any:
			v = x[token]
		case []any:
			i, err := strconv.Atoi(token)
			must(err)
			v = x[i]
		}
	}
	return v
}
