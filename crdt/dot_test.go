package crdt_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

func TestReplicaID(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	device, nonce := key.Public().(ed25519.PublicKey), [16]byte{1, 2, 3}
	r := crdt.NewReplicaID(device, nonce)
	if want := sha256.Sum256(append(append([]byte{}, device...), nonce[:]...)); r != crdt.ReplicaID(want[:16]) {
		t.Errorf("%x", r)
	}
	if r == crdt.NewReplicaID(device, [16]byte{}) {
		t.Error("two nonces make one replica")
	}
	if again, err := crdt.ParseReplicaID(r.Hex()); err != nil || again != r {
		t.Errorf("%v %v", again, err)
	}
	if s := r.String(); s != r.Hex()[:8] {
		t.Error(s)
	}
	for _, bad := range []string{"", "00", strings.Repeat("g", 32), r.Hex() + "0", r.Hex() + "00"} {
		if _, err := crdt.ParseReplicaID(bad); !errors.Is(err, crdt.ErrReplicaID) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if s := (crdt.ReplicaID{' '}).String(); s != "20000000" {
		t.Error(s)
	}
}

func TestDot(t *testing.T) {
	if s := dot('a', 7).String(); s != "a:7" {
		t.Error(s)
	}
	ordered := []crdt.Dot{dot('a', 1), dot('a', 2), dot('a', 1<<63), dot('b', 1)}
	for i, a := range ordered {
		for j, b := range ordered {
			if c := a.Compare(b); (c < 0) != (i < j) || (c > 0) != (i > j) {
				t.Errorf("%v and %v compare as %d", a, b, c)
			}
		}
	}
}

func TestWriter(t *testing.T) {
	w := crdt.NewWriter(replica('a'), 7, 1)
	if _, ok := w.Last(); ok || w.Taken() != 0 {
		t.Error("a new writer has taken a dot")
	}
	one, two := w.Dot(), w.Dot()
	if last, ok := w.Last(); one != dot('a', 7) || two != dot('a', 8) || last != two || !ok || w.Taken() != 2 || w.Next != 9 {
		t.Errorf("%v %v %v %d", one, two, last, w.Taken())
	}
}
