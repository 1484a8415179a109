package crdt_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestOperationsBesideAConflict makes many operations at once on a large list
// where there is a register too: each has to find out which of both is shown,
// so there is a bound, and up to that they do what they do elsewhere.
func TestOperationsBesideAConflict(t *testing.T) {
	const n = 50_000
	a, b := newPeer('a'), newPeer('b')
	a.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		return d.Put(w, parse(t, `{"x":7,"y":1}`))
	})
	b.time = 10 // later
	b.edit(t, func(d *crdt.Document, w *crdt.Writer) (*crdt.Document, bool, error) {
		return d.Put(w, parse(t, `{"x":`+array(n, strconv.Itoa)+`,"y":1}`))
	})
	b.hear(t, a)
	if len(b.Document.Conflicts()) != 1 {
		t.Fatal("no conflict")
	}
	appended := func(count int) (*crdt.Document, error) {
		ops := make([]crdt.Op, count)
		for i := range ops {
			ops[i] = crdt.Op{Op: "insert", Path: crdt.Pointer{"x"}, At: n + i, Value: parse(t, strconv.Itoa(n+i))}
		}
		w := later()
		d, changed, err := b.Document.Apply(w, ops)
		if changed != (w.Taken() > 0) || changed == (err != nil) {
			t.Errorf("changed is %t, %d dots were taken: %v", changed, w.Taken(), err)
		}
		return d, err
	}
	d, err := appended(100)
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.At(crdt.Pointer{"x"}, crdt.FormatPlain)
	if err != nil || string(got) != array(n+100, strconv.Itoa) {
		t.Errorf("another list: %v", err)
	}
	checkDecode(t, d.AppendCanonical(nil))
	_, err = appended(10_000)
	checkError(t, err, "/x", crdt.ErrTooLarge)
	var steps []byte
	for range 10_000 {
		steps = append(steps, `,{"op":"add","path":"/x/-","value":1}`...)
	}
	steps[0] = '['
	patch, err := crdt.ParseJSONPatch(append(steps, ']'))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Document.JSONPatch(later(), patch); !errors.Is(err, crdt.ErrTooLarge) {
		t.Errorf("patched: %v", err)
	}
}
