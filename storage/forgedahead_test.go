package storage_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestForgedHeadsAhead: a member sends signed heads ahead of all frames, in the name
// of another one, who never signed them. None is kept, so that nothing later can
// count on them (Law J): the mesh would take what the other one writes next for known.
func TestForgedHeadsAhead(t *testing.T) {
	c := newCrowd(3)
	f := c.all("people")
	sound := f.Heads[0]
	further := sound
	further.Counter += 5
	elsewhere := c.all("places").Heads[0]
	unsigned := sound
	unsigned.Signature = nil
	other := further
	other.Signature = ed25519.Sign(device('x'), []byte("anything"))
	for name, forged := range map[string]crdt.SignedHead{"counts further": further, "of another collection": elsewhere, "unsigned": unsigned, "signed by another": other} {
		n := newNode(t, 'n')
		m, err := n.tryMerge("people", storage.Frame{Heads: []crdt.SignedHead{f.Heads[1], forged}})
		if !errors.Is(err, storage.ErrUnsigned) {
			t.Errorf("%s: %+v, %v", name, m, err)
		}
		err = n.view(t, "people").SignedAhead(func(r crdt.ReplicaID, counter uint64) { t.Errorf("%s: %s:%d is kept", name, r, counter) })
		if err != nil {
			t.Error(err)
		}
		claim := storage.Frame{Vector: crdt.Counters{forged.Replica(): forged.Counter}.Vector()}
		if m, err := n.tryMerge("people", claim); !errors.Is(err, storage.ErrUnsigned) {
			t.Errorf("%s: what counts on it: %+v, %v", name, m, err)
		}
	}
	n := newNode(t, 'n')
	n.merge(t, "people", storage.Frame{Heads: []crdt.SignedHead{sound}})
	n.merge(t, "people", storage.Frame{Vector: crdt.Counters{sound.Replica(): sound.Counter}.Vector()})
}
