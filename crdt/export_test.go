package crdt

// Encode encodes the tree of a document again.
func Encode(d *Document) []byte {
	if d == nil {
		return nil
	}
	return appendDocument(nil, &d.root)
}
