package storage

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// ErrDevice is returned by OpenDocuments when the store was made with another
// device key: its own changes could not be signed any more.
var ErrDevice = errors.New("store belongs to another device key")

const (
	metaIncarnations = "incarnations"
	metaSince        = "since"
)

type nonce = [16]byte

// incarnations are the identities under which this store has written: the
// device key is one, each nonce makes a replica of it, the last is in use. It
// is a value and never changed in place.
type incarnations struct {
	device   ed25519.PublicKey
	nonces   []nonce
	replicas []crdt.ReplicaID // one for each nonce
	current  crdt.ReplicaID
	forks    []fork // oldest first
	doubts   []fork // the same; see Batch.doubt
}

// renewed is the incarnations with a fresh one in use.
func (n incarnations) renewed(random io.Reader) (incarnations, error) {
	var fresh nonce
	if _, err := io.ReadFull(random, fresh[:]); err != nil {
		return n, fmt.Errorf("new incarnation: %w", err)
	}
	if slices.Contains(n.nonces, fresh) {
		return n, errors.New("new incarnation: the source of randomness repeats itself")
	}
	return n.with(fresh), nil
}

// with is the incarnations with the one of nonce c in use.
func (n incarnations) with(c nonce) incarnations {
	n.current = crdt.NewReplicaID(n.device, c)
	n.nonces = append(slices.Clip(n.nonces), c)
	n.replicas = append(slices.Clip(n.replicas), n.current)
	return n
}

// withoutLast is the incarnations without the one in use, of which nothing is
// left then.
func (n incarnations) withoutLast() incarnations {
	last := len(n.nonces) - 1
	n.nonces, n.replicas = n.nonces[:last:last], n.replicas[:last:last]
	return n
}

// nonceOf finds the nonce of an own incarnation.
func (n incarnations) nonceOf(r crdt.ReplicaID) (nonce, bool) {
	if i := slices.Index(n.replicas, r); i >= 0 {
		return n.nonces[i], true
	}
	return nonce{}, false
}

// appendBinary appends the device key and then each nonce.
func (n incarnations) appendBinary(b []byte) []byte {
	b = append(b, n.device...)
	for _, c := range n.nonces {
		b = append(b, c[:]...)
	}
	return b
}

// loadIncarnations reads the own incarnations; a store that has none gives
// ErrNotFound.
func loadIncarnations(r Reader) (incarnations, error) {
	var n incarnations
	b, err := getSealed(r, metaKey(metaIncarnations), "", "the incarnations")
	if err != nil {
		return n, err
	}
	if len(b) < ed25519.PublicKeySize+16 || (len(b)-ed25519.PublicKeySize)%16 != 0 {
		return n, &DamagedError{What: fmt.Sprintf("incarnations of %d bytes", len(b))}
	}
	n.device = ed25519.PublicKey(slices.Clone(b[:ed25519.PublicKeySize]))
	for c := range slices.Chunk(b[ed25519.PublicKeySize:], 16) {
		n = n.with(nonce(c))
	}
	return n, nil
}

// Renew takes a new incarnation (Law F): from now on, and in the same commit,
// changes of this store have dots of a replica that was never used. What
// earlier incarnations wrote stays theirs. A Writer that Begin gave out
// before cannot be written any more.
//
// An incarnation that has never written leaves nothing: no vector has an entry
// of it, and there is nothing that it would have to sign. So a store that is
// copied or put back again and again keeps those that wrote.
func (b *Batch) Renew() error {
	if err := b.doubt(); err != nil {
		return err
	}
	own := b.own
	if _, counted := b.known(own.current); !counted && len(own.nonces) > 0 {
		own = own.withoutLast()
	}
	next, err := own.renewed(b.d.random)
	if err != nil {
		return err
	}
	key := metaKey(metaIncarnations)
	if err := b.set(key, seal(key, next.appendBinary(unsealed(128)))); err != nil {
		return err
	}
	b.own = next
	if b.d.now == nil {
		return nil
	}
	return b.setMeta(metaSince, binary.BigEndian.AppendUint64(nil, uint64(b.d.now().UnixMilli())))
}

// Since is when the incarnation in use was taken, by the wall clock of then; ok is
// false if that is not noted, or the note is damaged.
func (d *Documents) Since() (at time.Time, ok bool, err error) {
	err = d.store.View(func(r Reader) error {
		b, err := getSealed(r, metaKey(metaSince), "", "the date of the incarnation")
		if errors.Is(err, ErrNotFound) || errors.Is(err, ErrDamaged) {
			return nil
		}
		if err == nil && len(b) == 8 {
			at, ok = time.UnixMilli(int64(binary.BigEndian.Uint64(b))), true
		}
		return err
	})
	return at, ok, err
}
