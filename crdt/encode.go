package crdt

// formatVersion is the first element of the canonical bytes.
const formatVersion = 1

// appendDocument appends the canonical bytes of a document: the array
// [format, body, replicas, stamps], with the positions as fifth element if
// there are lists with elements. An empty tree has no bytes.
func appendDocument(b []byte, root *node) []byte {
	if root.empty() {
		return b
	}
	var s stampWriter
	start := len(b)
	b = appendHead(b, majorArray, 4)
	b = appendHead(b, majorUint, formatVersion)
	b = appendBody(b, root, &s)
	if s.lists != nil {
		b[start]++
	}
	return s.append(b)
}

// appendBody appends the content of a node. What one scalar register or one
// map is goes as plain CBOR; anything else is an escape.
func appendBody(b []byte, n *node, s *stampWriter) []byte {
	for i := range n.entries {
		s.stamp(&n.entries[i].Dot, n.entries[i].Time)
	}
	switch {
	case n.isScalar():
		return append(b, n.entries[0].Value...)
	case n.isMap():
		return appendFields(b, n, s)
	}
	return appendEscape(b, n, s)
}

// appendEscape appends a flat array of kind, number of entries, payloads, and
// what the kind holds besides.
func appendEscape(b []byte, n *node, s *stampWriter) []byte {
	var buf [4]group
	groups := n.groups(buf[:0])
	size := uint64(len(n.entries) + 2*len(groups))
	var fields []byte
	for _, g := range groups {
		size += g.kind.extra()
		if g.kind == KindMap && len(groups) > 1 {
			fields = appendFields(nil, n, s) // stamped before the elements of a list
		}
	}
	b = appendHead(b, majorArray, size)
	for _, g := range groups {
		b = appendHead(b, majorUint, uint64(g.kind))
		b = appendHead(b, majorUint, uint64(len(g.entries)))
		for i := range g.entries {
			b = append(b, g.entries[i].Value...)
		}
		switch {
		case g.kind == KindMap && fields != nil:
			b = append(b, fields...)
		case g.kind == KindMap:
			b = appendFields(b, n, s)
		case g.kind == KindList:
			b = appendItems(b, n.items(), s)
		case g.kind == KindText:
			b = n.seq.text.append(b)
		}
	}
	return b
}

// extra is how many elements of an escape follow the payloads of a kind: the
// fields of a map, the elements of a list, the content and the events of a
// text.
func (k Kind) extra() uint64 {
	switch k {
	case KindMap, KindList:
		return 1
	case KindText:
		return 2
	}
	return 0
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

// bodyNone is the body of an element without value: an escape with nothing.
const bodyNone = "\x80"

func appendItems(b []byte, items []item, s *stampWriter) []byte {
	b = appendHead(b, majorArray, uint64(len(items)))
	if len(items) > 0 {
		s.list(items)
	}
	for i := range items {
		it := &items[i]
		for k := range it.places {
			s.stamp(&it.places[k].Dot, it.places[k].Time)
		}
		if it.node.empty() {
			b = append(b, bodyNone...)
			continue
		}
		b = appendBody(b, &it.node, s)
	}
	return b
}

// isScalar reports whether the node is written as its one scalar.
func (n *node) isScalar() bool {
	return len(n.entries) == 1 && len(n.fields) == 0 && n.seq == nil &&
		n.entries[0].Kind == KindRegister && n.entries[0].Value.isScalar()
}

// isMap reports whether the node is written as a CBOR map.
func (n *node) isMap() bool {
	return len(n.entries) == 1 && n.entries[0].Kind == KindMap && n.seq == nil
}
