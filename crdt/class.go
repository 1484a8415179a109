package crdt

import "encoding/base64"

// classes numbers values so that two have the same number if plain JSON shows
// the same: 1 and 1.0, a text and a string, bytes and their base64.
type classes struct {
	edit    *edit
	numbers map[string]int32
	buf     []byte
}

func (c *classes) number() int32 {
	n, ok := c.numbers[string(c.buf)]
	if !ok {
		n = int32(len(c.numbers))
		c.numbers[string(c.buf)] = n
	}
	return n
}

func (c *classes) ofItems(items []*item) []int32 {
	numbers := make([]int32, len(items))
	for i, it := range items {
		c.buf = c.edit.appendSeen(c.buf[:0], &it.node)
		numbers[i] = c.number()
	}
	return numbers
}

func (c *classes) ofPlain(values []plain) []int32 {
	numbers := make([]int32, len(values))
	for i := range values {
		c.buf = values[i].appendSeen(c.buf[:0])
		numbers[i] = c.number()
	}
	return numbers
}

// naming are the fields by which objects in a list name themselves.
var naming = [...]string{"id", "_id", "key"}

// nameOf is the name that an object gives itself, or "".
func (e *edit) nameOf(n *node) string {
	if len(n.fields) == 0 {
		return ""
	}
	if g, ok := e.shown(n); !ok || g.kind != KindMap {
		return ""
	}
	for _, name := range naming {
		if i, ok := n.find(name); ok {
			g, ok := e.shown(&n.fields[i].node)
			if ok && g.kind == KindRegister && g.entries[0].Value.isScalar() {
				return name + string(g.entries[0].Value.appendSeen(nil))
			}
		}
	}
	return ""
}

// named is the name that p gives itself if it is an object, or "".
func (p *plain) named() string {
	if p.form != formObject {
		return ""
	}
	for _, name := range naming {
		if v := p.get(name); v != nil && v.form == formScalar {
			return name + string(v.value.appendSeen(nil))
		}
	}
	return ""
}

// appendSeen appends what plain JSON shows of n, as CBOR.
func (e *edit) appendSeen(b []byte, n *node) []byte {
	g, ok := e.shown(n)
	if !ok {
		return append(b, valueNull...)
	}
	switch g.kind {
	case KindCounter:
		i, _ := total(g.entries).int64()
		return appendInt(b, i)
	case KindSet:
		elements := elementsOf(g.entries)
		b = appendHead(b, majorArray, uint64(len(elements)))
		for _, v := range elements {
			b = v.appendSeen(b)
		}
		return b
	case KindMap:
		count := 0
		for i := range n.fields {
			if !n.fields[i].node.ghost() {
				count++
			}
		}
		b = appendHead(b, majorMap, uint64(count))
		for i := range n.fields {
			if !n.fields[i].node.ghost() {
				b = e.appendSeen(appendText(b, n.fields[i].name), &n.fields[i].node)
			}
		}
		return b
	case KindList:
		items := e.items(n)
		b = appendHead(b, majorArray, uint64(len(items)))
		for _, it := range items {
			b = e.appendSeen(b, &it.node)
		}
		return b
	case KindText:
		return appendText(b, e.prose(n))
	}
	return g.entries[0].Value.appendSeen(b)
}

// appendSeen appends what plain JSON shows once p is written.
func (p *plain) appendSeen(b []byte) []byte {
	switch p.form {
	case formObject:
		b = appendHead(b, majorMap, uint64(len(p.fields)))
		for i := range p.fields {
			b = p.fields[i].plain.appendSeen(appendText(b, p.fields[i].name))
		}
		return b
	case formList, formSet:
		b = appendHead(b, majorArray, uint64(len(p.items)))
		for i := range p.items {
			b = p.items[i].appendSeen(b)
		}
		return b
	}
	return p.value.appendSeen(b)
}

// appendSeen appends the value with integers for numbers that are whole, and
// texts for bytes.
func (v Value) appendSeen(b []byte) []byte {
	r := cborReader{s: string(v)}
	for r.left() > 0 {
		start := r.pos
		switch major, n, _ := r.head(); major {
		case majorFloat:
			b = append(b, element(v[start:r.pos])...)
		case majorText:
			r.pos += int(n)
			b = append(b, v[start:r.pos]...)
		case majorBytes:
			content, _ := r.take(n)
			b = appendHead(b, majorText, uint64(base64.StdEncoding.EncodedLen(len(content))))
			b = base64.StdEncoding.AppendEncode(b, []byte(content))
		default:
			b = append(b, v[start:r.pos]...)
		}
	}
	return b
}
