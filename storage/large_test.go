package storage_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// large is a document of nearly crdt.MaxDocument bytes in one field.
func large(field string) string {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for b.Len() < crdt.MaxDocument-200 {
		b.WriteByte(byte('a' + random.IntN(26)))
	}
	return `{"` + field + `":"` + b.String() + `"}`
}

// One limit in every profile: what two replicas write while apart, each up to
// the limit, must fit into one transaction of the least store once it meets.
func TestTwoLargeDocumentsMeet(t *testing.T) {
	a, b, c := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
	a.write(t, "people", change{key: "ann", json: large("a")})
	b.write(t, "people", change{key: "ann", json: large("b")}, change{key: "bob", json: `1`})
	a.pull(t, "people", b)
	b.pull(t, "people", a)
	c.pull(t, "people", a)
	for _, n := range []*node{a, b, c} {
		rec, err := n.Get("people", "ann")
		if err != nil || len(rec.Body) < 2*crdt.MaxDocument-1000 || len(rec.Body) > crdt.MaxMerged {
			t.Fatalf("%d bytes, %v", len(rec.Body), err)
		}
	}
	for _, n := range []*node{a, b, c} {
		n.hash(t, "people")
	}
	if a.root(t, "people") != b.root(t, "people") || a.root(t, "people") != c.root(t, "people") {
		t.Error("roots differ")
	}
	d := newNode(t, 'd')
	d.write(t, "people", change{key: "ann", json: large("d")})
	before, _ := d.Get("people", "ann")
	m := d.merge(t, "people", a.frames(t, "people", crdt.Knowledge{}, 10)[0])
	if len(m.Refused) != 1 || m.Refused[0].Key != "ann" || !errors.Is(m.Refused[0].Err, crdt.ErrTooLarge) || !strings.HasPrefix(m.Refused[0].Err.Error(), "people/ann: ") {
		t.Errorf("a third: %+v", m)
	}
	if rec, err := d.Get("people", "ann"); err != nil || !bytes.Equal(rec.Body, before.Body) {
		t.Errorf("the refused document has %d bytes: %v", len(rec.Body), err)
	}
	if rec, err := d.Get("people", "bob"); err != nil || !rec.Exists() {
		t.Errorf("the other document: %v %v", rec, err)
	}
}
