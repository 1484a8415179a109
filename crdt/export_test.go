package crdt

// Encode encodes the tree of a document again.
func Encode(d *Document) []byte {
	if d == nil {
		return nil
	}
	return appendDocument(nil, &d.root)
}

// Seen lists every dot that whoever sent the document must have seen.
func Seen(d *Document) (all []Dot) {
	c := checker{quick: true}
	c.seen.seen = func(d Dot) bool {
		all = append(all, d)
		return true
	}
	_ = c.node(&d.orEmpty().root)
	return all
}
