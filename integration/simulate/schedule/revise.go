package schedule

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// revised is what somebody writes who has read d as plain JSON, and changed
// something in it.
func (w *world) revised(d *crdt.Document) crdt.Plain {
	text := d.AppendJSON(nil, crdt.FormatPlain)
	if len(text) == 0 {
		return parse(pick(w.rng, bodies))
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		w.fail("printed no JSON: %q: %v", text, err)
	}
	text, err := json.Marshal(w.revise(v))
	if err != nil {
		w.fail("marshal: %v", err)
	}
	return parse(string(text))
}

// revise changes one thing in v.
func (w *world) revise(v any) any {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		switch x := w.rng.Float64(); {
		case len(names) == 0 || x < 0.1:
			v["new"] = "field"
		case x < 0.2:
			delete(v, pick(w.rng, names))
		default:
			name := pick(w.rng, names)
			v[name] = w.revise(v[name])
		}
		return v
	case []any:
		i := w.rng.IntN(len(v) + 1)
		switch x := w.rng.Float64(); {
		case x < 0.3 || len(v) == 0:
			return slices.Insert(v, i, any("inserted"))
		case x < 0.5:
			i = min(i, len(v)-1)
			return slices.Delete(v, i, i+1)
		case x < 0.7:
			return append(v[i:len(v):len(v)], v[:i]...)
		}
		i = min(i, len(v)-1)
		v[i] = w.revise(v[i])
		return v
	case string:
		runes := []rune(v)
		i := w.rng.IntN(len(runes) + 1)
		k := min(len(runes), i+w.rng.IntN(3))
		return string(slices.Concat(runes[:i], []rune(pick(w.rng, []string{"", "x", "new ", "é"})), runes[k:]))
	}
	return "was something else"
}
