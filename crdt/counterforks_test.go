package crdt_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestIncrementsOfOthersStay: who increments a counter writes what it has counted
// itself. If it wrote the sum of all, increments that were made at the same time
// would count twice, and those that it has not seen would be lost.
func TestIncrementsOfOthersStay(t *testing.T) {
	for _, c := range []struct {
		base  string
		edits []string
		want  string
	}{
		{`{"n":{"$counter":5}}`, []string{`{"n":6}`, `{"n":7}`}, `{"n":8}`},
		{`{"n":{"$counter":5}}`, []string{`{"n":4}`, `{"n":0}`, `{"n":9}`}, `{"n":3}`},
		{`{"n":{"$counter":0}}`, []string{`{"n":1}`, `{"n":1}`}, `{"n":2}`},
	} {
		d, _ := forked(t, c.base, c.edits...)
		if got := string(d.AppendJSON(nil, crdt.FormatPlain)); got != c.want {
			t.Errorf("%s, then %v: %s, want %s", c.base, c.edits, got, c.want)
		}
	}
}
