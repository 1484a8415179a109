package node

import (
	"context"
	"strconv"
	"time"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
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

// plus adds; the sum is exact up to MaxCount.
func (c Count) plus(n int, more bool) Count {
	c.N, c.More = c.N+n, c.More || more
	if c.N > MaxCount || c.More {
		return Count{MaxCount, true}
	}
	return c
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
	Dir        string // "" in memory
	Durability Durability
	Started    time.Time
	Bytes      int64 // size of the store
	Traffic    Traffic
	Paused     bool   // all peers are paused here
	Failed     string // why no writes are taken; "" when they are
	Space      SpaceStatus

	Incidents int // since the node was opened
	Skewed    int // merges with a timestamp more than 24 h ahead, since then
	Scrub     ScrubStatus

	// Unsent is what no peer is known to have; nil if that cannot be told, or there is no network.
	Unsent *Unsent
	now    time.Time // when this was asked

	Scope   []string      // patterns of what is held here, see ParseScope
	Pending *PendingScope // the scope that waits for peers; nil if there is none

	Collections []CollectionStatus // in the order of their names
	Peers       []PeerStatus       // in the order of their IDs
}

// Status is a snapshot of everything an operator asks first.
func (n *Node) Status(ctx context.Context) (Status, error) {
	if n.closed() {
		return Status{}, ErrClosed
	}
	s := Status{
		Name: n.name, Peer: n.PeerID(), Replica: n.Replica(), Addrs: n.Addrs(),
		Dir: n.options.Dir, Durability: n.options.Durability, Started: n.started, now: n.options.Clock(), Traffic: n.traffic.read(),
	}
	s.Incidents, s.Skewed = n.sink.counts()
	s.Space = n.space.now()
	if err := n.disk.failure(); err != nil {
		s.Failed = err.Error()
	}
	var err error
	s.Scope = n.Scope()
	if s.Pending, err = n.pendingScope(ctx); err != nil {
		return s, err
	}
	if s.Bytes, err = n.store.Size(); err != nil {
		return s, n.storeError(err)
	}
	if s.Scrub, err = n.scrubbed(); err != nil {
		return s, err
	}
	if s.Collections, err = n.Collections(ctx); err != nil {
		return s, err
	}
	if n.mesh != nil {
		n.mesh.mu.Lock()
		s.Paused = n.mesh.paused
		n.mesh.mu.Unlock()
	}
	if n.mesh != nil {
		s.Unsent = n.custody.unsent(ctx)
	}
	for p, err := range n.Peers(ctx) {
		if err != nil {
			return s, err
		}
		s.Peers = append(s.Peers, p)
	}
	return s, ctx.Err()
}
