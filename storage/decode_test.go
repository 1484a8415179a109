package storage

import (
	"errors"
	"reflect"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// Behind a seal that is right, any bytes are either a record, which is stored
// and read again as it is, or damage.
func FuzzRecord(f *testing.F) {
	table := (&replicaTable{}).with([]crdt.ReplicaID{{'a'}, {'b'}})
	number := func(r crdt.ReplicaID) (replicaNumber, error) { return table.numbers[r], nil }
	id := func(n replicaNumber) (crdt.ReplicaID, error) {
		if int(n) < len(table.ids) {
			return table.ids[n], nil
		}
		return crdt.ReplicaID{}, &DamagedError{What: "no such replica"}
	}
	for _, r := range []Record{
		{Heads: []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: 7}}},
		{Heads: []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: 1}, {Replica: crdt.ReplicaID{'b'}, Counter: 300}}, Body: []byte("body"), Conflicted: true},
		{Heads: []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: 7}}, large: &largeBody{digest: [32]byte{1, 2}, length: 300_000, splices: 7, tail: 500}},
	} {
		b, err := appendRecord(nil, r, number)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	key := documentKey("people", "ann")
	barrage.Fuzz(f, func(t *testing.T, payload []byte) {
		sealed := seal(key, append(unsealed(0), payload...))
		alloc.Bounded(t, len(payload), func() { _, _ = recordOf("people", "ann", key, sealed, id) })
		rec, err := recordOf("people", "ann", key, seal(key, append(unsealed(0), payload...)), id)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("%x: %v", payload, err)
			}
			return
		}
		b, err := appendRecord(unsealed(0), rec, number)
		if err != nil {
			t.Fatal(err)
		}
		again, err := recordOf("people", "ann", key, seal(key, b), id)
		if err != nil || !reflect.DeepEqual(rec, again) {
			t.Fatalf("%x: %+v, again %+v %v", payload, rec, again, err)
		}
	})
}

func FuzzTreeMark(f *testing.F) {
	m := treeMark{hashed: crdt.Know(crdt.Counters{{'a'}: 3}.Vector()), rebuild: []span{{"a", "b"}, {"x", ""}}}
	names := &numbered{}
	from := base{number: 7, knowledge: crdt.Know(crdt.Counters{{'a'}: 2, {'b'}: 1}.Vector())}
	f.Add(m.appendBinary(nil, from, names.name))
	f.Add((&treeMark{drop: true}).appendBinary(nil, from, names.name))
	f.Add(m.hashed.AppendBinary([]byte{0, 0}))
	f.Add([]byte{0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 127})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = parseTreeMark(b, from, names.id) })
		m, ok := parseTreeMark(b, from, names.id)
		if !ok {
			return
		}
		again, ok := parseTreeMark(m.appendBinary(nil, from, names.name), from, names.id)
		if !ok || !reflect.DeepEqual(m, again) {
			t.Fatalf("%x: %+v, again %+v", b, m, again)
		}
	})
}
