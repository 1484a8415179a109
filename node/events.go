package node

import (
	"time"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// Events are called when something happens that an operator may want to
// know; log, metrics, console and tests are fed by this one stream. Nil funcs
// are skipped. They are called one at a time and in order, by loops that
// wait for them: they must return quickly and must not call the node.
type Events struct {
	// PeerUp: a session with a member of the mesh is open.
	PeerUp func(PeerEvent)
	// PeerDown: the session is over; Reason says why.
	PeerDown func(PeerEvent)
	// PeerRefused: somebody was cut before any session, or cut us: Reason is
	// one of the Why constants or the transport's words.
	PeerRefused func(PeerEvent)
	// Converged: the roots of a collection are equal here and at the peer.
	Converged func(ConvergedEvent)
	// Incident: something that correct replicas on sound disks never do.
	Incident func(IncidentEvent)
	// Incarnation: the node goes on as a new replica (Law F).
	Incarnation func(IncarnationEvent)
	// Space: another level of free space is reached.
	Space func(SpaceEvent)
	// Commit: a group of writes or merges was committed.
	Commit func(CommitEvent)
	// Failed: the store failed, the node takes no writes any more.
	Failed func(error)
}

// PeerEvent is about one peer.
type PeerEvent struct {
	Peer   string // PeerID text; "" when it was not proven
	Name   string // what the peer calls itself; "" when it has not said so
	Addr   string // where known
	Reason string
	Visit  bool // the session is, or was, one for a while, not with a neighbour
}

// ConvergedEvent says that a collection has the same root here and there.
type ConvergedEvent struct {
	Peer, Collection string
	Root             cid.Cid
}

// The kinds of incidents.
const (
	Forged     = "forged"     // one dot with two contents: a clone, or a forgery
	Diverged   = "diverged"   // same knowledge, other content
	Damage     = "damage"     // the store lost or changed something
	Skewed     = "skewed"     // a timestamp more than 24 h ahead, or a clock of a peer that is off by more than MaxSkew
	Clone      = "clone"      // the node, or a peer, is not the only continuation of its past
	Repaired   = "repaired"   // one was made of two contents that ought to have been equal
	Quarantine = "quarantine" // something was put aside as it was, or had to go from there
	// Rollback: the store holds less than it held before.
	Rollback = "rollback"
	// Watermark: what is noted beside the store is missing or damaged.
	Watermark = "watermark"
	// DamagedFile: a file beside the store could not be believed, and was put aside.
	DamagedFile = "file"
)

// IncidentEvent is something that should not be.
type IncidentEvent struct {
	Kind             string
	Peer, Collection string
	Key              string // "" when it is about a range or the whole collection
	Detail           string
	Number           uint64 // of what was put into quarantine; 0 where nothing was
}

// IncarnationEvent says that the node counts under a new ReplicaID.
type IncarnationEvent struct {
	Old, New crdt.ReplicaID
	Reason   string
}

// CommitEvent tells of one committed group.
type CommitEvent struct {
	Requests  int // local writes acknowledged together
	Merges    int // frames from peers
	Documents int // documents that changed
	Took      time.Duration
	Sync      time.Duration // part of Took that the disk needed
}
