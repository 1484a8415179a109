package antientropy

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Version is the major version of the protocol. Peers of another major
// version are refused; within one, what is new is announced as a feature, and
// unknown features are ignored.
const Version = 3

// Config is what a session is made of. Replica is required; everything else
// has a zero value that works.
type Config struct {
	Name      string         // of this node, for the peer's operators; at most 256 bytes are sent
	Self      crdt.ReplicaID // the current incarnation; zero: Overtaken is never output
	BootNonce [16]byte       // drawn at every start of the process
	Salt      [16]byte       // fresh random bytes for every session: keys the short hashes of the tree walk
	Features  []string       // announced to the peer, at most 64 of 64 bytes; nil: Features()
	Scope     Scope          // what to replicate; nil: all of every collection
	// Room says whether a collection that only the peer has may come to be held
	// here; nil: every one may.
	Room func(collection string) bool
	// Backlog is how many bytes of messages may wait to be sent before what can
	// wait is held back, see Session.Clogged; 0: no bound, and no Backlog inputs.
	Backlog int
	// Sparing makes the session wait for a Next after each frame for a peer that
	// catches up, see Session.Made.
	Sparing bool
	// Wall is the clock of this node, told to the peer with each pong; nil: none is.
	Wall      func() time.Time
	Replica   Replica
	Limits    Limits
	Initiator bool // exactly one of the two sides, for example the one that dialled
}
