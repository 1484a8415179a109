package storage

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Continuation is what a signed head of an own incarnation says of this store.
type Continuation int

const (
	// Same: the head is of the past of this store.
	Same Continuation = iota
	// Further: it counts further than this store, which has lost changes, or is
	// not the only one that counts.
	Further
	// Other: it is of another continuation of the same past.
	Other
)

// Compare compares a head, shown by a peer, with what this store has counted and
// what it remembers of that (Law F). One of a replica that is none of its own is Same.
// It fails with ErrUnsigned.
func (d *Documents) Compare(coll string, h crdt.SignedHead) (c Continuation, err error) {
	if err := h.Verify(coll); err != nil {
		return Same, fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	err = d.store.View(func(r Reader) error {
		d.mu.RLock()
		_, own := d.own.nonceOf(h.Replica())
		s := d.states[coll]
		d.mu.RUnlock()
		n, known := d.table.Load().numbers[h.Replica()]
		switch {
		case !own:
			return nil
		case s == nil || !known:
			c = Further
			return nil
		}
		head, err := loadOwnHead(r, coll, s, h.Replica(), n)
		if err != nil {
			return err
		}
		if h.Counter > head.counter {
			c = Further
			return nil
		}
		other, err := contradicts(r, coll, n, h)
		if other {
			c = Other
		}
		return err
	})
	return c, err
}

// Forked notes what Compare has found, if the head proves a fork: that comes before Renew, in the same
// commit or an earlier one. Nobody may show the head again, since others take on whichever continuation
// counts further: what was written behind the fork would be taken for what the other one has written. It fails with ErrUnsigned.
func (b *Batch) Forked(coll string, h crdt.SignedHead) error {
	_, _, err := b.cloned(coll, Frame{Heads: []crdt.SignedHead{h}})
	return err
}

// twin is the latest time of heads that were signed with the device key of this
// store by incarnations that are none of its own; heads were verified.
func (b *Batch) twin(heads []crdt.SignedHead) (latest crdt.Timestamp) {
	for _, h := range heads {
		if _, own := b.own.nonceOf(h.Replica()); !own && h.Device.Equal(b.own.device) {
			latest = max(latest, h.Time)
		}
	}
	return latest
}
