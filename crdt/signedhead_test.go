package crdt_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

var device = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

func signed() crdt.SignedHead {
	return crdt.SignHead(device, "people", crdt.SignedHead{Nonce: [16]byte{1}, Counter: 42, Time: 1 << 40, Chain: crdt.Fingerprint{9}})
}

func TestSignedHead(t *testing.T) {
	h := signed()
	if err := h.Verify("people"); err != nil {
		t.Fatal(err)
	}
	if h.Replica() != crdt.NewReplicaID(device.Public().(ed25519.PublicKey), [16]byte{1}) {
		t.Error("another replica")
	}
	if err := h.Verify("places"); !errors.Is(err, crdt.ErrSignedHead) {
		t.Errorf("another collection: %v", err)
	}
	again, err := crdt.ParseSignedHead(h.AppendBinary(nil))
	if err != nil || again.Verify("people") != nil || again.String() != h.String() || again.Counter != 42 || again.Time != 1<<40 || again.Chain != h.Chain {
		t.Errorf("%+v %v", again, err)
	}
	// Whatever bit is changed, it is not signed any more.
	raw := h.AppendBinary(nil)
	for i := range raw {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			h, err := crdt.ParseSignedHead(bad)
			if err == nil {
				err = h.Verify("people")
			}
			if !errors.Is(err, crdt.ErrSignedHead) {
				t.Fatalf("bit %d of byte %d: %v", bit, i, err)
			}
		}
	}
	for _, n := range []int{0, 1, len(raw) - 1} {
		if _, err := crdt.ParseSignedHead(raw[:n]); !errors.Is(err, crdt.ErrSignedHead) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
	if err := (crdt.SignedHead{}).Verify("people"); !errors.Is(err, crdt.ErrSignedHead) {
		t.Errorf("an empty head: %v", err)
	}
}

func FuzzSignedHead(f *testing.F) {
	f.Add(signed().AppendBinary(nil))
	f.Add([]byte{})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = crdt.ParseSignedHead(b) })
		h, err := crdt.ParseSignedHead(b)
		if err != nil {
			if !errors.Is(err, crdt.ErrSignedHead) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(h.AppendBinary(nil), b) {
			t.Fatalf("%x is another encoding", b)
		}
		if h.Verify("people") == nil && !bytes.Equal(b, signed().AppendBinary(nil)) {
			t.Fatalf("forged %x", b)
		}
	})
}
