package crdt_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestForgedBelowLongNames merges documents that say different things under
// the same dots, a thousand times below a name of 100 KiB: the name must not be
// hashed a thousand times.
func TestForgedBelowLongNames(t *testing.T) {
	const fields = 1000
	state := func(value string) crdt.State {
		below := make([]string, fields)
		for i := range below {
			below[i] = fmt.Sprintf(`"%d":%s`, i, value)
		}
		p := newPeer('a')
		p.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
			return d.Put(w, parse(t, `{"`+strings.Repeat("n", 100<<10)+`":[{`+strings.Join(below, ",")+`}]}`))
		})
		return p.State
	}
	a, other := state("1"), newPeer('b')
	other.State = state("2")
	other.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) { // which a has not seen: else it would stay as it is
		return d.Apply(w, []crdt.Op{{Op: "set", Path: crdt.Pointer{"x"}, Value: parse(t, `1`)}})
	})
	b := other.State
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ab, err := crdt.Merge(a, b)
	runtime.ReadMemStats(&after)
	if err != nil || ab.Forged != fields {
		t.Fatalf("%d forged: %v", ab.Forged, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<20 {
		t.Errorf("%d bytes were allocated to merge 2 documents of %d bytes", n, len(a.Document.Canonical()))
	}
	ba, err := crdt.Merge(b, a)
	if err != nil || string(ba.Document.Canonical()) != string(ab.Document.Canonical()) {
		t.Errorf("another outcome the other way round: %v", err)
	}
}
