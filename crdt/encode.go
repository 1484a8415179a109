package crdt

// formatVersion is the first element of the canonical bytes.
const formatVersion = 1

// appendDocument appends the canonical bytes of a document: the array
// [format, body, replicas, stamps]. An empty tree has no bytes.
func appendDocument(b []byte, root *node) []byte {
	if root.empty() {
		return b
	}
	var s stampWriter
	b = appendHead(b, majorArray, 4)
	b = appendHead(b, majorUint, formatVersion)
	b = appendBody(b, root, &s)
	return s.append(b)
}

// appendBody appends the content of a node. What one scalar register or one
// map is goes as plain CBOR; anything else is an escape: a flat array of kind,
// number of entries, payloads, with a map's fields after its payloads.
func appendBody(b []byte, n *node, s *stampWriter) []byte {
	for i := range n.entries {
		s.entry(&n.entries[i])
	}
	if n.isScalar() {
		return append(b, n.entries[0].Value...)
	}
	if n.isMap() {
		return appendFields(b, n, s)
	}
	var buf [4]group
	groups := n.groups(buf[:0])
	size := uint64(len(n.entries) + 2*len(groups))
	for _, g := range groups {
		if g.kind == KindMap {
			size++
		}
	}
	b = appendHead(b, majorArray, size)
	for _, g := range groups {
		b = appendHead(b, majorUint, uint64(g.kind))
		b = appendHead(b, majorUint, uint64(len(g.entries)))
		for i := range g.entries {
			b = append(b, g.entries[i].Value...)
		}
		if g.kind == KindMap {
			b = appendFields(b, n, s)
		}
	}
	return b
}

func appendFields(b []byte, n *node, s *stampWriter) []byte {
	b = appendHead(b, majorMap, uint64(len(n.fields)))
	for i := range n.fields {
		f := &n.fields[i]
		b = appendText(b, f.name)
		b = appendBody(b, &f.node, s)
	}
	return b
}

// isScalar reports whether the node is written as its one scalar.
func (n *node) isScalar() bool {
	return len(n.entries) == 1 && len(n.fields) == 0 &&
		n.entries[0].Kind == KindRegister && n.entries[0].Value.isScalar()
}

// isMap reports whether the node is written as a CBOR map.
func (n *node) isMap() bool { return len(n.entries) == 1 && n.entries[0].Kind == KindMap }
