package node

import (
	"context"
	"iter"
	"strconv"
	"time"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// PeerState is how a peer stands to this node.
type PeerState string

const (
	InSync  PeerState = "in-sync" // both hold the same, as far as both know
	Syncing PeerState = "syncing" // catching up, one way or both
	Offline PeerState = "offline" // no session; Why says more
	Refused PeerState = "refused" // it cannot prove membership, or broke the protocol
	Paused  PeerState = "paused"  // one of the two asked not to exchange
)

// The distinct reasons in PeerStatus.Why; others come from the transport or
// the session in their words.
const (
	WhyDown         = "peer down"
	WhyWrongSecret  = "wrong mesh secret"
	WhyPausedHere   = "paused here"
	WhyPausedByPeer = "paused by peer"
)

// Count is a number that is exact up to MaxCount.
type Count struct {
	N    int
	More bool // there are more than N
}

// MaxCount is how far Counts are exact.
const MaxCount = 10000

// String prints "17" or ">10000".
func (c Count) String() string {
	if c.More {
		return ">" + strconv.Itoa(c.N)
	}
	return strconv.Itoa(c.N)
}

// PeerStatus is what this node knows of a peer. What it does not know is nil.
type PeerStatus struct {
	Peer  string   // PeerID text, "12D3Koo…"
	Name  string   // "" when it was never said
	Addrs []string // where it was last seen, or is tried
	State PeerState
	Why   string // "" exactly when State is InSync
	// Behind is how many documents this node lacks, as the peer says.
	Behind *Count
	// Ahead is how many documents the peer lacks.
	Ahead         *Count
	LastConverged *time.Time
	RTT           *time.Duration
}

// CollectionStatus is one collection of Status.
type CollectionStatus struct {
	Name      string
	Documents int
	// Root is nil while it is not hashed at the present content; Node.Root
	// hashes.
	Root *cid.Cid
}

// Status is the state of a node.
type Status struct {
	Name       string
	Peer       string // the own PeerID; "" without network
	Replica    crdt.ReplicaID
	Addrs      []string
	Dir        string
	Durability Durability
	Started    time.Time
	Bytes      int64  // size of the store
	Paused     bool   // all peers are paused here
	Failed     string // why no writes are taken; "" when they are

	Incidents int // since the node was opened
	Skewed    int // timestamps more than 24 h ahead, since the node was opened

	Collections []CollectionStatus
	Peers       []PeerStatus
}

// PeerSync is the outcome of Sync with one peer.
type PeerSync struct {
	Peer      string
	Name      string
	Converged bool
	Why       string // when not converged
	Sent      int    // documents
	Received  int    // documents
}

// SyncReport is the outcome of Sync.
type SyncReport struct {
	Peers []PeerSync
	Took  time.Duration
}

// WaitOptions say what WaitConverged waits for.
type WaitOptions struct {
	// Peers are who must be in sync; none means every peer that is known.
	Peers []string
}

// Status is a snapshot of everything an operator asks first.
func (n *Node) Status(ctx context.Context) (Status, error) { panic("soon") }

// Peers lists the peers that are known, in the order of their IDs.
func (n *Node) Peers(ctx context.Context) iter.Seq2[PeerStatus, error] { panic("soon") }

// Sync reconciles now with the named peers, or with all, and returns when each
// is in sync, or cannot be. When ctx ends first the report says how far it
// came and the error is ErrNotConverged.
func (n *Node) Sync(ctx context.Context, peers ...string) (SyncReport, error) { panic("soon") }

// WaitConverged returns when the peers hold what this node holds, proven by
// equal roots of every collection; ErrNotConverged when ctx ends first.
func (n *Node) WaitConverged(ctx context.Context, o WaitOptions) error { panic("soon") }

// Pause stops exchanging documents with the named peers, or with all and with
// those who come later, until Resume. Counts stay known.
func (n *Node) Pause(ctx context.Context, peers ...string) error { panic("soon") }

// Resume ends Pause for the named peers, or for all.
func (n *Node) Resume(ctx context.Context, peers ...string) error { panic("soon") }
