package antientropy

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Version is the major version of the protocol. Peers of another major
// version are refused; within one, what is new is announced as a feature, and
// unknown features are ignored.
const Version = 1

// Config is what a session is made of. Replica is required; everything else
// has a zero value that works.
type Config struct {
	Name      string                       // of this node, for the peer's operators; at most 256 bytes are sent
	Self      crdt.ReplicaID               // the current incarnation; zero: Overtaken is never output
	BootNonce [16]byte                     // drawn at every start of the process
	Salt      [16]byte                     // fresh random bytes for every session: keys the short hashes of the tree walk
	Features  []string                     // announced to the peer, at most 64 of 64 bytes
	Wants     func(collection string) bool // collections to replicate; nil: all
	Replica   Replica
	Limits    Limits
	Initiator bool // exactly one of the two sides, for example the one that dialled
}

// Limits are the bounds of a session; a zero field means the default. Both
// sides of a mesh should use the same; larger frames than the peer's limits
// allow end the session.
type Limits struct {
	Message     int           // bytes of one message, and of its decompressed content (4 MiB)
	Frame       int           // bytes of documents at which a frame of a long drain is cut (256 KiB)
	Whole       int           // bytes of documents up to which everything pending is one frame (1 MiB)
	Documents   int           // documents of one frame (4,000)
	Window      int           // bytes of unacknowledged frames (4 MiB)
	Frames      int           // unacknowledged frames (256)
	Collections int           // collections of one session (4,096)
	Entries     int           // vector entries that the peer may make this session remember (1,048,576)
	Ranges      int           // ranges of one knowledge message (4,096)
	Snapshot    time.Duration // age at which a drain continues from a new snapshot (60 s)
	Silence     time.Duration // without a message, or without progress, until the peer is given up (60 s)
	Ping        time.Duration // between pings (15 s)
	Rounds      int           // of one tree walk (64)
}

// Session is one side of the reconciliation between two connected peers: a
// state machine that is stepped by its owner and has no goroutine, clock,
// lock or store of its own. It is not safe for concurrent use. Nothing of it
// outlives the connection: what a peer has is asked anew each time.
type Session struct {
	config Config
}

// NewSession returns a session that waits for Start.
func NewSession(c Config) *Session { return &Session{config: c} }

// Step feeds one input and returns what is to be done, in order.
func (s *Session) Step(in Input) []Output { panic("not yet") }

// Status tells where each collection of the session stands, in order of
// names.
func (s *Session) Status() []Status { panic("not yet") }
