package node

import (
	"context"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
)

// Node is one store and its conversations with its peers. Its methods may be
// called by many goroutines.
type Node struct{}

// Open opens a node. Every bad field of o is reported at once, as
// OptionErrors joined into one error. ctx is for opening only.
func Open(ctx context.Context, o Options) (*Node, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	panic("soon")
}

// Close stops exchanging, finishes what was begun, syncs and closes the
// store. Calls that wait return ErrClosed. Closing twice is no error.
func (n *Node) Close() error { panic("soon") }

// Name is what this node calls itself.
func (n *Node) Name() string { panic("soon") }

// PeerID is the node's identity on the network, "12D3Koo…"; "" without one.
func (n *Node) PeerID() string { panic("soon") }

// Addrs are the full multiaddrs under which peers can reach this node now.
func (n *Node) Addrs() []string { panic("soon") }

// Dir is the directory the node was opened on, "" in memory.
func (n *Node) Dir() string { panic("soon") }

// Replica is the incarnation that this node writes as.
func (n *Node) Replica() crdt.ReplicaID { panic("soon") }

// Collection is a handle to a collection. A bad name shows as crdt.ErrCollection
// when the handle is used.
func (n *Node) Collection(name string) *Collection { return &Collection{n, name} }

// Collections lists the collections that exist, with their number of
// documents, in the order of their names.
func (n *Node) Collections(ctx context.Context) ([]CollectionStatus, error) { panic("soon") }

// Root is Collection.Root.
func (n *Node) Root(ctx context.Context, collection string) (cid.Cid, error) {
	return n.Collection(collection).Root(ctx)
}

// Update runs fn and commits what it wrote as one transaction: several
// documents of one collection, atomic here, and visible whole on peers that
// are in step. Reads of fn come from one snapshot; if a document that fn read
// was changed by somebody else in between, fn is run again on a new one. So
// fn must have no effect but on its Tx. An error of fn writes nothing and is
// returned as it is.
func (n *Node) Update(ctx context.Context, fn func(*Tx) error) error { panic("soon") }

// View runs fn on one snapshot; writes fail with ErrReadOnly.
func (n *Node) View(ctx context.Context, fn func(*Tx) error) error { panic("soon") }

// Invite returns a text that makes another node a member of this mesh: the
// mesh secret and the addresses of this node. Who has it is trusted.
func (n *Node) Invite(ctx context.Context) (string, error) { panic("soon") }

// Join makes this node a member of the mesh of the invite, for good. What it
// holds stays, and merges. Sessions with members of the old mesh end.
func (n *Node) Join(ctx context.Context, invite string) error { panic("soon") }
