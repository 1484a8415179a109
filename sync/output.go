package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// Output is one thing that a session wants done, in order.
type Output interface{ output() }

// Send gives one message to the transport. The bytes belong to the receiver
// of the output.
type Send struct{ Message []byte }

// Merge asks to commit a frame durably; it is answered by Committed with the
// same ID. Frames of one collection are committed in the order in which they
// are output.
type Merge struct {
	ID         uint64
	Collection string
	Frame      Frame
}

// Hash asks to bring the Merkle tree of a collection up to its knowledge; it
// is answered by Hashed. A session asks again only after the answer.
type Hash struct{ Collection string }

// Close is always the last output: the session is over and has released its
// snapshots. ByPeer says that the peer said goodbye first.
type Close struct {
	Reason Reason
	Detail string // free text; when ByPeer it is the peer's, cut to 256 bytes
	ByPeer bool
	Err    error // what the Replica, or a View, has failed with; nil if neither has
}

// Introduced tells what the peer said of itself in its Hello.
type Introduced struct {
	Name      string // unchecked text of the peer, at most 256 bytes
	BootNonce [16]byte
	Features  []string
}

// InStep is output each time both sides have come to know the same of a
// collection: nothing is in flight and nothing is pending.
type InStep struct{ Collection string }

// Converged is output when both sides know the same of a collection and
// showed the same root for it.
type Converged struct {
	Collection string
	Root       [32]byte
}

// Incident is output when both sides know the same of a collection but hold
// different content: damage, or a bug (Law E). A tree walk follows.
type Incident struct {
	Collection   string
	Mine, Theirs [32]byte // roots
}

// Diverged ends a tree walk: the keys, in order, whose documents differ
// between the two sides. More says that there are others.
type Diverged struct {
	Collection string
	Keys       []string
	More       bool
}

// Asked is output when the peer asks how this replica holds documents: whoever owns
// the session looks whether they are sound, and says so with Answer.
type Asked struct {
	Collection string
	Keys       []string
}

// Told brings documents as the peer holds them, which differ from how they are
// held here though each side has seen the heads of the other: one of both is to
// be made of them, by a write (Law I).
type Told struct {
	Collection string
	Documents  []Counterpart
}

// Counterpart is a document as the peer holds it. It was asked for when it was held
// here as Mine says; if it is not any more, there is nothing to repair.
type Counterpart struct {
	Key   string
	Mine  Held
	Heads []crdt.Dot
	Body  []byte // canonical bytes, unchecked; none if there is no content
}

// Overtaken is output when the peer knows more changes of this replica's
// current incarnation than this replica itself: the store is not the only
// continuation of its past (Law F).
type Overtaken struct {
	Collection string
	Counter    uint64 // what the peer counts
}

// Refused is output when a document was refused, here or by the peer: once for
// each document and reason in a session.
type Refused struct {
	Collection string
	Refusal
	ByPeer bool
}

// Far tells that this replica lacks more than FarBehind documents of a
// collection that the peer is sending (On), or that it has sent all. Whoever has
// several such sessions may Share the collection out among them.
type Far struct {
	Collection string
	On         bool
}

// Pinged and Ponged tell when a ping was sent and answered, so that whoever
// holds a clock can measure the round trip.
type Pinged struct{ N uint64 }

// Ponged answers the Pinged with the same N.
type Ponged struct{ N uint64 }

func (Send) output()       {}
func (Merge) output()      {}
func (Hash) output()       {}
func (Close) output()      {}
func (Introduced) output() {}
func (InStep) output()     {}
func (Converged) output()  {}
func (Incident) output()   {}
func (Diverged) output()   {}
func (Asked) output()      {}
func (Told) output()       {}
func (Overtaken) output()  {}
func (Refused) output()    {}
func (Far) output()        {}
func (Pinged) output()     {}
func (Ponged) output()     {}
