package crdt

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
)

// Fingerprint is a running hash over a replica's own transactions in one
// collection: two continuations of one past show different fingerprints for
// the same counter, which proves a clone (Law F).
type Fingerprint [16]byte

// SignedHead is a replica's own word for how far it has counted in a
// collection. Nobody counts for another (Law J): a version vector entry is
// raised only up to a head signed by that replica's device key.
type SignedHead struct {
	Device    ed25519.PublicKey // 32 bytes
	Nonce     [16]byte
	Counter   uint64
	Time      Timestamp
	Chain     Fingerprint
	Signature []byte // Ed25519, 64 bytes
}

// ErrSignedHead is returned when a head is not signed by the key that its
// replica is derived from, or its bytes are malformed.
var ErrSignedHead = errors.New("head not signed by its replica")

// Replica is the incarnation that the head speaks for.
func (h SignedHead) Replica() ReplicaID { return NewReplicaID(h.Device, h.Nonce) }

// String prints "a:7".
func (h SignedHead) String() string { return Dot{h.Replica(), h.Counter}.String() }

func (h SignedHead) message(collection string) []byte {
	b := append([]byte("crdtstore head 1\x00"), collection...)
	b = append(b, 0)
	r := h.Replica()
	b = append(b, r[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Counter)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time))
	return append(b, h.Chain[:]...)
}

// SignHead signs h for collection with the device's private key; Device and
// Signature are filled in.
func SignHead(key ed25519.PrivateKey, collection string, h SignedHead) SignedHead {
	h.Device = key.Public().(ed25519.PublicKey)
	h.Signature = ed25519.Sign(key, h.message(collection))
	return h
}

// Verify checks the signature for collection; it fails with ErrSignedHead.
func (h SignedHead) Verify(collection string) error {
	if len(h.Device) != ed25519.PublicKeySize || len(h.Signature) != ed25519.SignatureSize ||
		!ed25519.Verify(h.Device, h.message(collection), h.Signature) {
		return fmt.Errorf("%w: %s/%d", ErrSignedHead, collection, h.Counter)
	}
	return nil
}

const signedHeadSize = ed25519.PublicKeySize + 16 + 8 + 8 + 16 + ed25519.SignatureSize

// AppendBinary appends the head's fixed encoding of 144 bytes.
func (h SignedHead) AppendBinary(b []byte) []byte {
	b = append(b, h.Device...)
	b = append(b, h.Nonce[:]...)
	b = binary.BigEndian.AppendUint64(b, h.Counter)
	b = binary.BigEndian.AppendUint64(b, uint64(h.Time))
	b = append(b, h.Chain[:]...)
	return append(b, h.Signature...)
}

// ParseSignedHead reads a head; it does not verify it.
func ParseSignedHead(b []byte) (SignedHead, error) {
	var h SignedHead
	if len(b) != signedHeadSize {
		return h, fmt.Errorf("%w: %d bytes", ErrSignedHead, len(b))
	}
	h.Device = ed25519.PublicKey(append([]byte(nil), b[:32]...))
	copy(h.Nonce[:], b[32:])
	h.Counter = binary.BigEndian.Uint64(b[48:])
	h.Time = Timestamp(binary.BigEndian.Uint64(b[56:]))
	copy(h.Chain[:], b[64:])
	h.Signature = append([]byte(nil), b[80:]...)
	return h, nil
}
