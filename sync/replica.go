package antientropy

import (
	"errors"

	"github.com/crdtstore/crdtstore/crdt"
)

// ErrNotYet is returned by View.Candidates while something that takes long has to be done first. Whoever owns
// the session sees to it, and gives a Changed of the collection when it is done; until then the session goes on
// with everything else.
var ErrNotYet = errors.New("not yet")

// Replica is what a session needs of the store it speaks for. Its methods are
// called from Step only, and never concurrently by one session.
type Replica interface {
	// Collections lists the collections held here, in order of their names.
	Collections() []string
	// View opens a consistent snapshot of one collection. A collection that
	// is not held here is an empty one. What a view shows must already be
	// durable: it may be sent to a peer.
	View(collection string) (View, error)
}

// View is one snapshot of a collection; everything it answers belongs to the
// same moment. The session closes every view it opened.
type View interface {
	// Knowledge is what this replica knows of the collection.
	Knowledge() crdt.Knowledge
	// Forgotten is, for every key, what this replica has seen of it and need not
	// be in the past of a head that it holds: removals that it has forgotten. The
	// knowledge covers it.
	Forgotten() (crdt.Knowledge, error)
	// Existing visits the documents that exist with keys in [from, to), in
	// order, with the SHA-256 of their canonical bytes, until visit returns false.
	Existing(from, to string, visit func(key string, digest [32]byte) bool) error
	// Absent reports whether there is no record of a document, and the tree
	// bears that out. It is not sure where the tree has to be hashed first.
	Absent(key string) (sure bool, err error)
	// Candidates lists, in key order and at most limit of them, the keys ≥
	// from with a head that peer's vector of the key's range does not cover.
	// It is never bounded by the own vector. more reports that keys were left
	// out. It fails with ErrNotYet while that has to be prepared.
	Candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error)
	// Confirm makes sure that none of the candidates which Candidates has not
	// listed, from where it was asked on, is missing because it was lost: a frame
	// that does not have it says that there is none (Law I).
	Confirm() error
	// Record returns the document of a candidate key; a removed one has heads
	// and no body. The result stays valid until the view is closed.
	Record(key string) (Record, error)
	// Delta is Record for a peer that holds, of this key, everything seen
	// counts: texts whose history it shares may be reduced to the events above
	// seen. Where that gains little the document comes whole.
	Delta(key string, seen crdt.VersionVector) (Record, error)
	// SignedHead returns the newest head that r has signed, as far as it is
	// held here; it covers what any vector of this view counts for r.
	SignedHead(r crdt.ReplicaID) (crdt.SignedHead, bool, error)
	// SignedAhead visits, in any order, the replicas of which a signed head is held
	// that counts further than this view knows of any key, with its counter.
	SignedAhead(visit func(r crdt.ReplicaID, counter uint64)) error
	// Root returns the root of the tree; ok is false while the tree is not
	// hashed at exactly this view's knowledge.
	Root() (root [32]byte, ok bool, err error)
	// Height is the level of the tree's root node; leaves are level 0. The
	// root node starts at boundary "".
	Height() (int, error)
	// Children lists, in key order, the nodes of level-1 below the node of
	// level ≥ 1 that starts at boundary.
	Children(level int, boundary string) ([]Node, error)
	// Listing lists, in key order, the documents of the leaf that starts at
	// boundary.
	Listing(boundary string) ([]Leaf, error)
	// RangeRoot is the root of the tree of Part and how many documents it sums
	// up. That of ["", "") is Root.
	RangeRoot(from, to string) (root [32]byte, documents uint64, ok bool, err error)
	// Part is the tree that the documents with keys in [from, to) would have
	// if there were no others; to "" is the end of the key space. ok is false
	// while the tree is not hashed at this view's knowledge of these keys. The
	// result stays valid until the view is closed.
	Part(from, to string) (t Tree, ok bool, err error)
	// Split names keys that cut the documents of this view into about parts
	// equal numbers: parts-1 of them or fewer, in order, none of them "". It
	// is cheap, and no more exact than that allows.
	Split(parts int) ([]string, error)
	// Close releases the snapshot.
	Close() error
}

// Tree is a hash tree over documents in key order.
type Tree interface {
	// Root is the hash of the root node and how many documents it sums up.
	Root() (root [32]byte, documents uint64)
	// Height is the level of the root node, which starts at boundary "";
	// leaves are level 0.
	Height() int
	// Children lists, in key order, the nodes of level-1 below the node of
	// level ≥ 1 that starts at boundary.
	Children(level int, boundary string) ([]Node, error)
	// Listing lists, in key order, the documents of the leaf that starts at
	// boundary.
	Listing(boundary string) ([]Leaf, error)
}

// Record is a document as it travels: the dots of its latest changes, and its
// canonical bytes, nil when it was removed.
type Record struct {
	Heads   []crdt.Dot
	Body    []byte
	Reduced bool // Body lacks events of a text that the peer is taken to hold
}

// Node is a node of the Merkle tree: its first key and its hash.
type Node struct {
	Boundary string
	Hash     [32]byte
}

// Leaf is a document in a leaf of the Merkle tree: its key and the SHA-256 of
// its canonical bytes.
type Leaf struct {
	Key    string
	Digest [32]byte
}

// Document is one document of a frame. A removed document has heads and no
// body. One without either is absent: the sender has no record of it, and all that
// it has seen of it is forgotten.
type Document struct {
	Key   string
	Heads []crdt.Dot // in order of dots
	Body  []byte     // canonical bytes, or those of a reduced document; nil means removed
}

// Frame is a piece of a drain, or a live push: for the keys [From, To) it
// lists every document that changed between Base and Vector, so that a
// replica whose vector there covers Base holds what Vector counts once it
// merged the documents (Law C). To "" is the end of the key space. Vector
// always covers Base.
type Frame struct {
	From, To     string
	Base, Vector crdt.VersionVector
	Forgotten    crdt.VersionVector // the part of Vector that the sender has forgotten
	Compared     crdt.Knowledge     // of the receiver, when its documents were compared with those of the sender; nothing if they were not
	Documents    []Document         // in key order
	Heads        []crdt.SignedHead  // of entries of Vector that the receiver may hold no signature for (Law J)

	comparison uint64 // number of the comparison that the sender counts on; 0 is none
}
