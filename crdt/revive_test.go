package crdt_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

// astray are two peers that count the same and hold what each made of the
// document by itself after they last agreed.
func astray(t rapid.TB, both, left, right []edit) (a, b *peer) {
	a, b = newPeer(1), newPeer(2)
	for _, fn := range both {
		a.edit(t, fn)
	}
	b.hear(t, a)
	for _, fn := range left {
		a.edit(t, fn)
	}
	for _, fn := range right {
		b.edit(t, fn)
	}
	all := a.Context.Merge(b.Context)
	a.Context, b.Context = all, a.Context.Merge(b.Context)
	a.time = max(a.time, b.time)
	return a, b
}

// revive makes one of both at a, which b hears of.
func revive(t rapid.TB, a, b *peer) {
	t.Helper()
	a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		return crdt.Revive(w, d, b.Document)
	})
	b.hear(t, a)
	if !bytes.Equal(a.Document.Canonical(), b.Document.Canonical()) {
		t.Fatalf("they still differ: %s and %s", a.Document.AppendJSON(nil, crdt.FormatTyped), b.Document.AppendJSON(nil, crdt.FormatTyped))
	}
}

func TestReviveIsTheUnion(t *testing.T) {
	for name, c := range map[string]struct {
		both, left, right []string
		want              string
		conflicts         int
	}{
		"fields":           {[]string{`{"x":1}`}, []string{`{"x":1,"l":2}`}, []string{`{"x":1,"r":3}`}, `{"l":2,"r":3,"x":1}`, 0},
		"values":           {[]string{`{"x":1}`}, []string{`{"x":2}`}, []string{`{"x":3}`}, ``, 1},
		"lost":             {nil, nil, []string{`{"x":[1,2,{"$text":"words"}]}`}, `{"x":[1,2,"words"]}`, 0},
		"stale":            {[]string{`{"x":1}`}, nil, []string{`{"x":2}`}, ``, 1},
		"equal values":     {[]string{`{}`}, []string{`{"x":1}`}, []string{`{"x":1}`}, `{"x":1}`, 0},
		"sets":             {[]string{`{"s":{"$set":[1]}}`}, []string{`{"s":[1,2]}`}, []string{`{"s":[1,3]}`}, `{"s":[1,2,3]}`, 0},
		"counters":         {[]string{`{"n":{"$counter":5}}`}, []string{`{"n":7}`}, []string{`{"n":15}`}, `{"n":17}`, 0},
		"counters, stale":  {[]string{`{"n":{"$counter":5}}`}, []string{`{"n":9}`}, nil, `{"n":9}`, 0},
		"lists":            {[]string{`{"l":[1,2]}`}, []string{`{"l":[1,2,3]}`}, []string{`{"l":[0,1,2]}`}, `{"l":[0,1,2,3]}`, 0},
		"elements":         {[]string{`{"l":[1,2,3]}`}, []string{`{"l":[1,2]}`}, []string{`{"l":[2,3]}`}, `{"l":[1,2,3]}`, 0},
		"texts that fit":   {[]string{`{"t":{"$text":"ab"}}`}, []string{`{"t":"abc"}`}, []string{`{"t":"xab"}`}, `{"t":"xabc"}`, 0},
		"types":            {[]string{`{}`}, []string{`{"x":[1]}`}, []string{`{"x":"one"}`}, ``, 1},
		"whole documents":  {nil, []string{`{"x":1}`}, []string{`{"y":{"z":null}}`}, `{"x":1,"y":{"z":null}}`, 0},
		"what was deleted": {[]string{`{"x":1}`}, []string{``}, nil, `{"x":1}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, swap := range []bool{false, true} {
				a, b := astray(t, putAll(t, c.both), putAll(t, c.left), putAll(t, c.right))
				if swap {
					a, b = b, a
					a.time = max(a.time, b.time)
				}
				revive(t, a, b)
				if got := string(a.Document.AppendJSON(nil, crdt.FormatPlain)); c.want != "" && got != c.want {
					t.Errorf("swapped %v: %s, want %s", swap, got, c.want)
				}
				if got := len(a.Document.Conflicts()); got != c.conflicts {
					t.Errorf("swapped %v: %d conflicts in %s", swap, got, a.Document.AppendJSON(nil, crdt.FormatTyped))
				}
				if d, err := crdt.Decode(a.Document.Canonical()); err != nil || !d.CoveredBy(a.Context) {
					t.Errorf("it does not decode: %v", err)
				}
			}
		})
	}
}

func putAll(t rapid.TB, json []string) (edits []edit) {
	for _, s := range json {
		if s == "" {
			edits = append(edits, (*crdt.Document).Delete)
			continue
		}
		p, err := crdt.ParseJSON([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		edits = append(edits, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { return d.Put(w, p) })
	}
	return edits
}
