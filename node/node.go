package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// Node is one store and its conversations with its peers. Its methods may be
// called by many goroutines.
type Node struct {
	options Options
	name    string
	device  ed25519.PublicKey
	started time.Time
	store   storage.Store
	docs    *storage.Documents
	sink    *sink
	disk    *disk
	writer  *writer
	space   *spaceGuard
	ballast *ballast // nil in memory
	hashing *hasher
	recent  *recent
	mesh    *mesh  // nil without network
	noter   *noter // nil without a directory
	custody *custody
	rolls   *rolls
	aside   *Aside // the store that was replaced when the node was opened; nil if none was
	traffic traffic

	watchers watchers // who waits for changes of documents
	feeders  feeders  // sessions that bring much
	progress watchers // who waits for changes of sessions
	shown    watchers // who waits for what peers show to have

	witnesses sync.Map // collection → witness, the last

	unhealed  sync.Map // collections with damage that no peer was there to heal
	checks    checks
	looks     looks
	mendings  mendings
	releasing sync.Map   // collection → true while what is in quarantine of it is looked at
	keptNext  sync.Map   // collection → when that is worth while again
	crowded   sync.Map   // collections of which the quarantine has no room for all damage
	putting   sync.Mutex // held while something is given up, and while something is released

	scope     atomic.Pointer[scope] // what is held here
	pending   atomic.Pointer[scope] // what is to be, once peers have what it drops; nil: nothing
	rescoping sync.Mutex            // held while the scope is changed, and what was left is deleted

	replicaMu sync.Mutex
	replica   crdt.ReplicaID // as last told by an event
	opened    crdt.ReplicaID // that the node began to write as
	since     time.Time      // when the store took that, or, if it does not say, when the node was opened

	life      context.Context // ends when Close begins
	end       context.CancelFunc
	closing   <-chan struct{}
	loops     sync.WaitGroup
	spawning  sync.RWMutex // held for writing when life ends
	closeOnce sync.Once
	failure   error // of Close
}

// Name is what this node calls itself.
func (n *Node) Name() string { return n.name }

// PeerID is the node's identity on the network, "12D3Koo…"; "" without one.
func (n *Node) PeerID() string {
	if n.mesh == nil {
		return ""
	}
	return n.mesh.network().Self()
}

// Addrs are the full multiaddrs under which peers can reach this node now.
func (n *Node) Addrs() []string {
	if n.mesh == nil {
		return nil
	}
	return n.mesh.network().Addrs()
}

// Dir is the directory the node was opened on, "" in memory.
func (n *Node) Dir() string { return n.options.Dir }

// Replica is the incarnation that this node writes as.
func (n *Node) Replica() crdt.ReplicaID { return n.docs.Replica() }

// Collection is a handle to a collection. A bad name shows as
// crdt.ErrCollection when the handle is used.
func (n *Node) Collection(name string) *Collection { return &Collection{n, name} }

// Collections lists the collections that exist, in the order of their names.
func (n *Node) Collections(ctx context.Context) ([]CollectionStatus, error) {
	var all []CollectionStatus
	for _, name := range n.collections() {
		v, err := n.Collection(name).view(ctx)
		if err != nil {
			return nil, err
		}
		s := CollectionStatus{Name: name, Documents: int(v.Count())}
		root, ok, err := v.Root()
		if err = errors.Join(err, v.Close()); err != nil {
			return nil, n.storeError(err)
		}
		if ok {
			c := rootCID(root)
			s.Root = &c
		}
		all = append(all, s)
	}
	return all, nil
}

// Root is Collection.Root.
func (n *Node) Root(ctx context.Context, collection string) (cid.Cid, error) {
	return n.Collection(collection).Root(ctx)
}

// commit commits a transaction and waits for it, and for the peers that must
// have it; ErrAcks is about those.
func (n *Node) commit(ctx context.Context, size int, t *transaction) error {
	acks, err := t.acks()
	if err != nil {
		return err
	}
	if acks > 0 && n.mesh == nil {
		return ErrNoNetwork
	}
	err = n.writer.do(n.task(ctx, size, t))
	for given := map[string]bool{}; err != nil && n.startsOver(ctx, t, err, given); {
		err = n.writer.do(n.task(ctx, size, t))
	}
	n.saw("", err)
	if err == nil && acks > 0 {
		_, err = n.acked(ctx, t.written(), acks)
	}
	return err
}

// documentOverhead is what a document costs in a transaction besides its
// content: header, index entries, keys. An estimate, in bytes.
const documentOverhead = 256

// submit queues a transaction; wait returns its outcome.
func (n *Node) submit(ctx context.Context, size int, t *transaction) (wait func() error, err error) {
	return n.writer.submit(n.task(ctx, size, t))
}

// task is a transaction for the writer loop.
func (n *Node) task(ctx context.Context, size int, t *transaction) *task {
	return &task{ctx: ctx, size: size + documentOverhead*len(t.mutations), run: t.run}
}

// spawn runs fn in a goroutine that Close waits for; after Close has begun it
// does nothing.
func (n *Node) spawn(fn func()) {
	n.spawning.RLock()
	defer n.spawning.RUnlock()
	if n.life.Err() == nil {
		n.loops.Go(fn)
	}
}

// closed reports whether Close has begun.
func (n *Node) closed() bool { return n.life.Err() != nil }

// storeError says in the words of this package what a reader of a closed
// store sees. Damage is looked after.
func (n *Node) storeError(err error) error {
	if err == nil {
		return nil
	}
	n.saw("", err)
	if errors.Is(err, storage.ErrClosed) {
		return ErrClosed
	}
	return err
}

// fatal is err if it is not about one document but ends everything.
func (n *Node) fatal(ctx context.Context, err error) error {
	if errors.Is(err, ErrClosed) || errors.Is(err, ErrStore) || ctx.Err() != nil {
		return err
	}
	return nil
}

// committed tells everyone who looks at collections that they have changed.
// It is called by the writer loop and never blocks.
func (n *Node) committed(changes []change) {
	last := ""
	for _, c := range changes {
		if c.collection == last {
			continue
		}
		last = c.collection
		n.watchers.changed(c.collection)
		n.custody.wrote(c.collection)
		if n.mesh != nil {
			n.mesh.changed(c.collection)
		}
	}
}

// renewed tells that the node counts under a new ReplicaID, if it does.
func (n *Node) renewed(reason string) {
	n.replicaMu.Lock()
	defer n.replicaMu.Unlock()
	if now := n.docs.Replica(); now != n.replica {
		n.sink.incarnation(IncarnationEvent{Old: n.replica, New: now, Reason: reason})
		n.replica = now
	}
}
