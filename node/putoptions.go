package node

import (
	"fmt"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// PutOptions are the preconditions of a write, what it was made from, and what
// it waits for; the zero value has none. Preconditions are checked in the
// transaction that writes: a local compare-and-set. IfVersion and Base may both
// be given.
type PutOptions struct {
	// IfVersion writes only if the document is at this version.
	IfVersion cid.Cid
	// IfAbsent writes only if there is no such document.
	IfAbsent bool
	// IfPresent writes only if there is such a document.
	IfPresent bool
	// Base is the version that the writer of a Put has seen: what he changed of
	// it is carried over to the document as it is by now, and what others have
	// changed since stays. The body of that version must still be remembered
	// (see ErrBaseGone). Other writes are differences already and take no Base.
	Base cid.Cid
	// Acks makes the write return when so many other peers have it on disk;
	// ErrAcks, with how many did, when the context ends before. A write that
	// changes nothing waits for what is there already. A node without a network
	// refuses with ErrNoNetwork, and writes nothing; so does one that is asked for
	// fewer than none or more than MaxAcks, with ErrAckCount.
	Acks int
}

// MaxAcks is for how many other peers a write may wait.
const MaxAcks = 1000

// checkAcks fails with ErrAckCount.
func checkAcks(k int) error {
	if k < 0 || k > MaxAcks {
		return fmt.Errorf("%w: %d", ErrAckCount, k)
	}
	return nil
}

// conditional reports whether a write rests on what is there.
func (o PutOptions) conditional() bool {
	return o.IfAbsent || o.IfPresent || o.IfVersion.Defined() || o.Base.Defined()
}

// check fails with a *VersionError if d, which may be absent, is not what the
// options ask for.
func (o PutOptions) check(collection, key string, d *crdt.Document) error {
	have := ""
	if !d.IsEmpty() && (o.IfAbsent || o.IfVersion.Defined()) {
		have = crdt.VersionOf(d.Canonical()).String()
	}
	fail := func(want string) error { return &VersionError{collection, key, want, have} }
	switch {
	case o.IfAbsent && !d.IsEmpty():
		return fail("absent")
	case o.IfPresent && d.IsEmpty():
		return fail("present")
	case o.IfVersion.Defined() && have != o.IfVersion.String():
		return fail(o.IfVersion.String())
	}
	return nil
}
