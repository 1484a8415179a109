package libp2p

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"io"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/p2p"
)

// The membership proof, version 1, on a stream of its own, before anything
// else is served on a connection:
//
//	initiator → responder  1 ‖ nonce (32 bytes) ‖ boot (16)
//	responder → initiator  nonce (32) ‖ boot (16)
//	initiator → responder  MAC as initiator (32)
//	responder → initiator  1 ‖ MAC as responder (32), or the byte 0: refused
//
// MAC as role = HMAC-SHA256(secret, label ‖ role ‖ initiator's peer id ‖
// responder's ‖ nonces ‖ boots), ids with their length in front. Each id is
// authenticated by the connection's own handshake, so a proof relayed by a
// third peer proves nothing. The one who dials proves first: who is asked
// tells a stranger nothing, not even whether it is in any mesh.
const (
	proofVersion = 1
	proofLabel   = "crdtstore membership 1"
	nonceSize    = 32
	bootSize     = 16
	macSize      = sha256.Size
	refused      = 0
	accepted     = 1
)

type (
	nonce [nonceSize]byte
	boot  [bootSize]byte // random, one for each start of an endpoint
)

var (
	// errSecret: the other side does not know our secret.
	errSecret = errors.New(p2p.ReasonWrongSecret)
	// errProof: what came is no proof at all.
	errProof = errors.New("sent a malformed membership proof")
)

// prover is one side of one proof.
type prover struct {
	secret   [p2p.SecretSize]byte
	from, to peer.ID // initiator, responder
	nonce    nonce   // ours: fresh
	boot     boot    // ours
}

// initiate proves ours, then checks theirs. It returns the boot of the
// responder. errSecret: we were refused, or the responder does not know it.
func (p prover) initiate(rw io.ReadWriter) (boot, error) {
	hello := append([]byte{proofVersion}, p.nonce[:]...)
	if _, err := rw.Write(append(hello, p.boot[:]...)); err != nil {
		return boot{}, err
	}
	var theirs nonce
	var theirBoot boot
	if err := read(rw, theirs[:], theirBoot[:]); err != nil {
		return boot{}, err
	}
	transcript := p.transcript(p.nonce, theirs, p.boot, theirBoot)
	if _, err := rw.Write(p.mac('i', transcript)); err != nil {
		return boot{}, err
	}
	var answer [1]byte
	var mac [macSize]byte
	if err := read(rw, answer[:]); err != nil {
		return boot{}, err
	}
	switch answer[0] {
	case refused:
		return boot{}, errSecret
	case accepted:
	default:
		return boot{}, errProof
	}
	if err := read(rw, mac[:]); err != nil {
		return boot{}, err
	}
	if !hmac.Equal(mac[:], p.mac('r', transcript)) {
		return boot{}, errSecret
	}
	return theirBoot, nil
}

// respond checks theirs, and only then proves ours; before that last message,
// admit is called with the initiator's boot. errSecret: the initiator was
// refused.
func (p prover) respond(rw io.ReadWriter, admit func(boot)) error {
	var version [1]byte
	var theirs nonce
	var theirBoot boot
	if err := read(rw, version[:]); err != nil {
		return err
	}
	if version[0] != proofVersion {
		return errProof
	}
	if err := read(rw, theirs[:], theirBoot[:]); err != nil {
		return err
	}
	if _, err := rw.Write(append(p.nonce[:], p.boot[:]...)); err != nil {
		return err
	}
	var mac [macSize]byte
	if err := read(rw, mac[:]); err != nil {
		return err
	}
	transcript := p.transcript(theirs, p.nonce, theirBoot, p.boot)
	if !hmac.Equal(mac[:], p.mac('i', transcript)) {
		_, _ = rw.Write([]byte{refused})
		return errSecret
	}
	admit(theirBoot)
	_, err := rw.Write(append([]byte{accepted}, p.mac('r', transcript)...))
	return err
}

func (p prover) transcript(initiator, responder nonce, initiatorBoot, responderBoot boot) []byte {
	var t []byte
	for _, id := range []peer.ID{p.from, p.to} {
		t = append(t, byte(len(id)>>8), byte(len(id)))
		t = append(t, id...)
	}
	t = append(append(t, initiator[:]...), responder[:]...)
	return append(append(t, initiatorBoot[:]...), responderBoot[:]...)
}

func (p prover) mac(role byte, transcript []byte) []byte {
	h := hmac.New(sha256.New, p.secret[:])
	h.Write([]byte(proofLabel))
	h.Write([]byte{role})
	h.Write(transcript)
	return h.Sum(nil)
}

func read(r io.Reader, parts ...[]byte) error {
	for _, b := range parts {
		if _, err := io.ReadFull(r, b); err != nil {
			return err
		}
	}
	return nil
}
