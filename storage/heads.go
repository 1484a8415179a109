package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// signedKey names an own head that was signed.
type signedKey struct {
	coll    string
	replica crdt.ReplicaID
}

// loadSignedHead reads the stored signed head of a replica, or ErrNotFound.
func loadSignedHead(r Reader, coll string, n replicaNumber) (crdt.SignedHead, error) {
	b, err := getSealed(r, signedHeadKey(coll, n), coll, "a signed head")
	if err != nil {
		return crdt.SignedHead{}, err
	}
	h, err := crdt.ParseSignedHead(b)
	if err != nil {
		return h, &DamagedError{Collection: coll, What: err.Error()}
	}
	return h, nil
}

// loadOwnHead reads how far an own incarnation has counted in a collection
// whose state is s; a counter of 0 means not at all.
func loadOwnHead(r Reader, coll string, s *state, id crdt.ReplicaID, n replicaNumber) (ownHead, error) {
	if s.own.replica == id {
		return s.own, nil
	}
	b, err := getSealed(r, ownKey(coll, n), coll, "an own counter")
	if errors.Is(err, ErrNotFound) {
		return ownHead{replica: id}, nil
	}
	if err != nil {
		return ownHead{}, err
	}
	if len(b) != ownHeadSize {
		return ownHead{}, &DamagedError{Collection: coll, What: fmt.Sprintf("own counter of %d bytes", len(b))}
	}
	h, _ := cutOwnHead(b)
	return h, nil
}

// signedUpTo is the counter up to which this store can show a signature of r:
// its own word, or the stored head.
//
// A stored head that is damaged has been there for all that the collection
// knows of r; the next one that a peer shows replaces it.
func (b *Batch) signedUpTo(coll string, s *state, r crdt.ReplicaID) (uint64, error) {
	if c, ok := b.covered[coll][r]; ok {
		return c, nil
	}
	if c, ok := b.d.covered.get(coll, r); ok {
		return c, nil
	}
	n, ok := b.known(r)
	if !ok {
		return 0, nil
	}
	head, err := loadSignedHead(b.tx, coll, n)
	switch {
	case errors.Is(err, ErrNotFound):
		return 0, nil
	case errors.Is(err, ErrDamaged):
		return s.reach.vector.Counter(r), nil
	case err != nil:
		return 0, err
	}
	b.d.covered.set(coll, r, head.Counter) // committed: b has not written it
	return head.Counter, nil
}

// ownUpTo is the counter up to which own incarnation r has counted.
func (b *Batch) ownUpTo(coll string, s *state, r crdt.ReplicaID) (uint64, error) {
	n, ok := b.known(r)
	if !ok {
		return 0, nil
	}
	h, err := loadOwnHead(b.tx, coll, s, r, n)
	return h.counter, err
}

// believe checks that every entry of the frame's vector is signed (Law J) and
// returns the heads that must be stored with it: all that sign for more than is
// stored, also beyond the vector, since who sent them will count on that. What was
// believed once is not checked again.
func (b *Batch) believe(coll string, f Frame, s *state) (newer []crdt.SignedHead, err error) {
	if newer, err = b.newer(coll, f.Heads, s); err != nil {
		return nil, err
	}
	offered := make(map[crdt.ReplicaID]uint64, len(newer))
	for _, h := range newer {
		offered[h.Replica()] = h.Counter
	}
	for r, n := range f.Vector.Beyond(s.reach.vector) { // the rest was believed before
		if n <= offered[r] {
			continue
		}
		last, err := b.vouched(coll, r, s)
		if err != nil {
			return nil, err
		}
		if n > last {
			return nil, fmt.Errorf("%w: %s: %s, signed is %d, offered %d", ErrUnsigned, coll, crdt.Dot{Replica: r, Counter: n}, last, offered[r])
		}
	}
	if len(newer)+len(b.replicas.ids)+len(b.newReplicas) > maxReplicas {
		if err := b.tooMany(coll, newer); err != nil {
			return nil, err
		}
	}
	return newer, nil
}

// maxReplicas is how many replicas a store hears of from peers. Any member can
// make new ones, and what is known of each stays in memory.
const maxReplicas = 1 << 17

// tooMany refuses heads if the store has no room for the replicas that are new
// among them.
func (b *Batch) tooMany(coll string, heads []crdt.SignedHead) error {
	n := len(b.replicas.ids) + len(b.newReplicas)
	for _, h := range heads {
		if _, known := b.known(h.Replica()); !known {
			n++
		}
	}
	if n > maxReplicas {
		return fmt.Errorf("%w: %s: %d replicas, at most %d are kept", ErrFrame, coll, n, maxReplicas)
	}
	return nil
}

// vouched is how far a replica is known to have counted: by the signature that is
// stored, or, of own incarnations, by what was counted, if that is more. A store that
// was put back has counted less than it has signed.
func (b *Batch) vouched(coll string, r crdt.ReplicaID, s *state) (uint64, error) {
	var counted uint64
	if _, own := b.own.nonceOf(r); own {
		var err error
		if counted, err = b.ownUpTo(coll, s, r); err != nil {
			return 0, err
		}
	}
	signed, err := b.signedUpTo(coll, s, r)
	return max(counted, signed), err
}

// newer lists the heads, one of a replica, that sign for more than is vouched for.
func (b *Batch) newer(coll string, heads []crdt.SignedHead, s *state) (newer []crdt.SignedHead, err error) {
	for _, h := range heads {
		last, err := b.vouched(coll, h.Replica(), s)
		if err != nil {
			return nil, err
		}
		if h.Counter <= last {
			continue
		}
		if err := h.Verify(coll); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnsigned, err)
		}
		newer = append(newer, h)
	}
	return newer, nil
}

// storeHeads keeps verified heads.
func (b *Batch) storeHeads(coll string, heads []crdt.SignedHead) error {
	for _, h := range heads {
		if err := b.storeHead(coll, h); err != nil {
			return err
		}
	}
	return nil
}

// storeHead keeps a verified head, with or before the commit that it vouches
// for.
func (b *Batch) storeHead(coll string, h crdt.SignedHead) error {
	r := h.Replica()
	n, err := b.number(r)
	if err != nil {
		return err
	}
	key := signedHeadKey(coll, n)
	if err := b.set(key, seal(key, h.AppendBinary(unsealed(144)))); err != nil {
		return err
	}
	if b.covered[coll] == nil {
		b.covered[coll] = map[crdt.ReplicaID]uint64{}
	}
	b.covered[coll][r] = h.Counter
	return nil
}

// SignedHead gives the signed head of a replica (Law J), which covers what any
// vector of the View counts for it: the stored one of others; for the own
// incarnation and earlier ones, one that is signed now for how far the View
// shows it. ok is false if there is none, or it is damaged.
func (v *View) SignedHead(r crdt.ReplicaID) (head crdt.SignedHead, ok bool, err error) {
	n, ok := v.replicas.numbers[r]
	if !ok {
		return head, false, nil
	}
	head, err = loadSignedHead(v.snap, v.coll, n)
	stored := err == nil
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDamaged) {
		return head, false, err
	}
	if v.own == nil {
		own, err := loadIncarnations(v.snap)
		if err != nil {
			return head, false, err
		}
		v.own = &own
	}
	nonce, own := v.own.nonceOf(r)
	if !own {
		return head, stored, nil
	}
	h, err := loadOwnHead(v.snap, v.coll, v.state, r, n)
	if err != nil || h.counter <= head.Counter {
		return head, stored && err == nil, err
	}
	return v.d.sign(v.coll, nonce, h), true, nil
}

// sign signs an own head, or gives the signature again if it was the last one.
func (d *Documents) sign(coll string, nonce nonce, h ownHead) crdt.SignedHead {
	key := signedKey{coll, h.replica}
	if last, ok := d.signed.Load(key); ok {
		if s := last.(crdt.SignedHead); s.Counter == h.counter && s.Time == h.time && s.Chain == h.chain {
			return s
		}
	}
	s := crdt.SignHead(d.device, coll, crdt.SignedHead{Nonce: nonce, Counter: h.counter, Time: h.time, Chain: h.chain})
	d.signed.Store(key, s)
	return s
}
