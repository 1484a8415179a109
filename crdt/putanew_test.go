package crdt_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// What fits when it is written fresh can be put over whatever is there: where
// the difference is too much to keep, lists and texts are written anew.
func TestPutAnew(t *testing.T) {
	const elements = 100_000
	up, down := make([]string, elements), make([]string, elements)
	for i := range up {
		up[i] = fmt.Sprint(i)
		down[elements-1-i] = up[i]
	}
	list := func(numbers []string) string { return `{"l":[` + strings.Join(numbers, ",") + `],"n":1}` }
	letters := func(s string) string { return `{"n":1,"t":{"$text":"` + strings.Repeat(s, 260_000) + `"}}` }
	for _, c := range []struct{ name, first, second string }{
		{"list", list(up), list(down)},
		{"text", letters("ab"), letters("cd")},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := crdt.NewWriter(crdt.ReplicaID{1}, 1, 1)
			d := putOver(t, nil, w, c.first)
			w.Time++
			next := putOver(t, d, w, c.second)
			if got := string(next.AppendJSON(nil, crdt.FormatTyped)); got != c.second {
				t.Fatalf("it shows %.60q… of %d bytes, not %.60q… of %d", got, len(got), c.second, len(c.second))
			}
			before := w.Next
			if again := putOver(t, next, w, c.second); w.Next != before || string(again.Canonical()) != string(next.Canonical()) {
				t.Fatal("the same once more is a change")
			}
		})
	}
}

func putOver(t *testing.T, d *crdt.Document, w *crdt.Writer, body string) *crdt.Document {
	t.Helper()
	p, err := crdt.ParseJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	out, _, err := d.Put(w, p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
