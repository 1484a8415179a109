package crdt_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"pgregory.net/rapid"
)

// TestSetOperations adds and removes elements, several in one transaction, and
// compares with a list of those that should be there.
func TestSetOperations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var have []string // the JSON of elements
		find := func(v string) int {
			for i := range have {
				if have[i] == v || sameNumber(have[i], v) {
					return i
				}
			}
			return -1
		}
		d, w := put(t, `{"s":{"$set":[]}}`), later()
		for range rapid.IntRange(1, 3).Draw(t, "transactions") {
			var ops []crdt.Op
			var dots uint64
			for range rapid.IntRange(1, 8).Draw(t, "operations") {
				op := crdt.Op{Op: rapid.SampledFrom([]string{"add", "remove"}).Draw(t, "op"), Path: crdt.Pointer{"s"}}
				v := crdttest.Scalars.Draw(t, "element")
				op.Value = crdttest.Plain(t, v)
				ops = append(ops, op)
				switch i := find(v); {
				case op.Op == "add" && i < 0:
					have = append(have, v)
					dots++
				case op.Op == "remove" && i >= 0:
					have = append(have[:i:i], have[i+1:]...)
					dots++
				}
			}
			before := w.Taken()
			var err error
			if d, _, err = d.Apply(w, ops); err != nil {
				t.Fatal(err)
			}
			want := typed(put(t, `{"s":{"$set":[`+strings.Join(have, ",")+`]}}`))
			if typed(d) != want || w.Taken()-before != dots {
				t.Fatalf("%s with %d dots, not %s with %d", typed(d), w.Taken()-before, want, dots)
			}
			checkDecode(t, d.AppendCanonical(nil))
		}
	})
}

// sameNumber reports whether both are numbers that count the same.
func sameNumber(a, b string) bool {
	var x, y json.Number
	if strings.HasPrefix(a+b, `"`) || json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil || x == "" || y == "" {
		return false
	}
	f, err := x.Float64()
	g, err2 := y.Float64()
	return err == nil && err2 == nil && f == g && strings.ContainsAny(a+b, ".e") && f < 1<<62
}

// TestManyOperationsOnOneSet makes thousands of operations on a large set.
func TestManyOperationsOnOneSet(t *testing.T) {
	const n = 20_000
	var ops []crdt.Op
	for i := range n / 2 {
		ops = append(ops, crdt.Op{Op: "add", Value: parse(t, strconv.Itoa(n+i))}, crdt.Op{Op: "remove", Value: parse(t, strconv.Itoa(i))})
	}
	d, _, err := put(t, `{"$set":`+array(n, strconv.Itoa)+`}`).Apply(later(), ops)
	if err != nil {
		t.Fatal(err)
	}
	want := array(n, func(i int) string { return strconv.Itoa(n/2 + i) })
	if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != want {
		t.Error("another set")
	}
	checkDecode(t, d.AppendCanonical(nil))
}
