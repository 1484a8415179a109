// Package merkle is the hash tree over the documents of a collection: two
// replicas with equal roots hold the same documents, and two with different
// roots find the differences by walking down where hashes differ.
//
// The tree lies over the documents in key order. Where one leaf ends and the
// next begins is decided by hashes of the keys alone (see Level), and so are
// the nodes above: on average 16 documents to a leaf and 8 children to a
// node. The shape is therefore a function of the set of keys. It does not
// depend on the order of changes, needs no balancing, and does not move when
// a document changes.
//
//	level 1    ""──────────────────────┐ k─────────┐
//	level 0    ""────┐ c──────┐ f──────┤ k───┐ p───┤
//	documents  a b   │ c d e  │ f g h  │ k l │ p q │
//
// The lowest level that has no node but "" ends the tree; that node is the
// root. A collection without documents has no node, and EmptyRoot.
//
// Hashing is lazy. Documents change without touching the tree; later, Rehash
// is told which keys have changed, hashes their leaves and what lies above,
// and writes the records that differ. It works in steps of bounded size, and
// the records are a whole tree after each.
//
// The package knows nothing of storage, only the small interfaces that it
// declares. A leaf or node may be longer than the average, with a probability
// that halves every 11 documents. One in ten million would exceed 256, and
// whoever may write can choose keys that never begin one; therefore a new one
// also begins after every MaxRun documents or children. Such a boundary moves
// with insertions before it, but only as far as the next one that a hash has
// set, so the shape remains a function of the keys.
package merkle
