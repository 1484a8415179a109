package storage_test

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// asBefore replaces the fingerprints of n by one slot as formats 1 and 2 have
// it, with the newest transaction alone.
func asBefore(t *testing.T, n *node) {
	t.Helper()
	head, ok, err := n.view(t, "people").SignedHead(n.Replica())
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	damage(t, n, "fpeople", func(tx storage.Tx, item storage.Item) error {
		key := append([]byte(nil), item.Key...)
		if err := tx.Delete(key); err != nil {
			return err
		}
		key[len(key)-2], key[len(key)-1] = 0, 0
		slot := append(binary.BigEndian.AppendUint64(nil, head.Counter), head.Chain[:]...)
		return tx.Set(key, sealed(key, slot))
	})
	n.open(t, storage.Options{})
}

// sealed is a value behind its checksum.
func sealed(key, payload []byte) []byte {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Checksum(key, table), table, payload)
	return append(binary.BigEndian.AppendUint32(nil, sum), payload...)
}

// What a store of an older format has remembered proves a clone too.
func TestCloneIsProvedByOldFingerprints(t *testing.T) {
	for _, same := range []bool{true, false} {
		a, clone, b := newNode(t, 'a'), newNode(t, 'a'), newNode(t, 'b')
		a.write(t, "people", change{key: "ann", json: `1`})
		if same {
			clone.write(t, "people", change{key: "ann", json: `1`})
		} else {
			clone.write(t, "people", change{key: "ann", json: `2`})
		}
		b.pull(t, "people", a)
		asBefore(t, clone)
		clone.write(t, "people", change{key: "bob", json: `2`})
		if m := clone.merge(t, "people", oneFrame(t, b)); m.Clone == same {
			t.Errorf("the same past %v, a clone %v", same, m.Clone)
		}
	}
}

// Between what an older format has remembered and what is remembered now
// nothing may be missed.
func TestGapOfFingerprintsProvesNothing(t *testing.T) {
	a, clone, b := newNode(t, 'a'), newNode(t, 'a'), newNode(t, 'b')
	for _, n := range []*node{a, clone} {
		n.write(t, "people", change{key: "ann", json: `1`})
		n.write(t, "people", change{key: "ann", json: `2`})
	}
	b.pull(t, "people", a)
	clone.write(t, "people", change{key: "ann", json: `3`})
	clone.write(t, "people", change{key: "ann", json: `4`})
	asBefore(t, clone) // the fourth
	damage(t, clone, "fpeople", func(tx storage.Tx, item storage.Item) error {
		slot := binary.BigEndian.AppendUint64(nil, 1)
		slot = append(slot, item.Value[12:]...)
		return tx.Set(item.Key, sealed(item.Key, slot))
	})
	clone.write(t, "people", change{key: "ann", json: `5`})
	if m := clone.merge(t, "people", oneFrame(t, b)); m.Clone {
		t.Error("a counter between the two that is not remembered is taken for proof")
	}
}
