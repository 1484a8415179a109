package crdt

// node is what lives at one path: the entries of every kind there, in
// canonical order, and the fields of its map. A node without entries and
// fields does not exist. Nodes are never modified once they are in a document.
type node struct {
	entries []entry
	fields  []field // sorted by fieldLess
}

type field struct {
	name string
	node node
}
