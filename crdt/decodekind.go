package crdt

import (
	"fmt"
	"slices"
)

// escape is the kinds of one, as they are listed, and which escapes are inside
// of its fields and of its elements.
type escape struct {
	kinds         []Kind
	fields, items int
	end           int
}

// kinds reads an escape of size elements.
func (d *decoder) kinds(n *node, size uint64, depth int) error {
	at := len(d.escapes)
	d.escapes = append(d.escapes, escape{})
	var x escape
	for size > 0 {
		kind, ok := d.uint()
		count, ok2 := d.uint()
		if !ok || !ok2 || kind == 0 || kind > 255 || count > uint64(d.left()) {
			return d.fail("bad kind")
		}
		k := Kind(kind)
		need := count + 2 + k.extra()
		if need > size {
			return d.fail("bad kind")
		}
		size -= need
		if slices.Contains(x.kinds, k) {
			return d.fail("kind listed twice")
		}
		x.kinds = append(x.kinds, k)
		if err := d.payloads(n, k, count, depth); err != nil {
			return err
		}
		if err := d.inside(n, k, count, depth, &x); err != nil {
			return err
		}
	}
	if len(x.kinds) == 0 || n.isScalar() || n.isMap() && len(x.kinds) == 1 {
		return d.fail("needless escape")
	}
	x.end = len(d.escapes)
	d.escapes[at] = x
	return nil
}

// inside reads what follows the payloads of a kind.
func (d *decoder) inside(n *node, k Kind, count uint64, depth int, x *escape) error {
	switch k {
	case KindMap:
		x.fields = len(d.escapes)
		major, size, ok := d.head()
		if !ok || major != majorMap || size == 0 && count == 0 {
			return d.fail("bad map")
		}
		return d.fields(n, size, depth)
	case KindList:
		x.items = len(d.escapes)
		size, ok := d.array()
		if !ok || size == 0 && count == 0 {
			return d.fail("bad list")
		}
		return d.items(n, size, depth)
	case KindText:
		return d.prose(n)
	}
	return nil
}

// items reads the values of the elements of a list.
func (d *decoder) items(n *node, size uint64, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	if size == 0 {
		return nil
	}
	if uint64(d.lists.items)+size > MaxMergedElements {
		return fmt.Errorf("%w: lists of more than %d elements", ErrTooLarge, MaxMergedElements)
	}
	d.lists.items += int(size)
	d.reserve(size)
	items := make([]item, 0, min(size, 1024))
	for range size {
		items = append(items, item{})
		if d.pos < len(d.s) && d.s[d.pos] == bodyNone[0] {
			d.pos++
			continue
		}
		if err := d.node(&items[len(items)-1].node, depth-1); err != nil {
			return err
		}
	}
	n.seq = sequenceOf(items, n.text())
	return nil
}

// prose reads content and events of a text.
func (d *decoder) prose(n *node) error {
	p := &prose{}
	ok := true
	if d.delta && d.pos < len(d.s) && d.s[d.pos] == valueNull[0] {
		d.pos++
		p.partial, d.partial = true, true
	} else {
		p.content, ok = d.text()
	}
	if !ok {
		return d.fail("no content of a text")
	}
	if p.graph, ok = d.bytes(); !ok {
		return d.fail("no events of a text")
	}
	heads := slices.ContainsFunc(n.kindEntries(KindText), func(e entry) bool { return e.isHead() })
	if heads != (p.graph != "") || !heads && (p.content != "" || p.partial) {
		return d.fail("text and heads differ")
	}
	n.seq = sequenceOf(n.items(), p)
	return nil
}

// payloads reads the payloads of one kind of an escape.
func (d *decoder) payloads(n *node, k Kind, count uint64, depth int) error {
	if count == 0 && k != KindMap && k != KindList {
		return d.fail("kind without entries")
	}
	if k == KindSet && depth == 0 { // it prints as an array
		return d.fail("nested too deep")
	}
	for range count {
		start := d.pos
		if err := d.skip(depth, !k.known()); err != nil {
			return err
		}
		v := Value(d.s[start:d.pos])
		if !k.accepts(v) {
			return d.fail("bad " + k.String())
		}
		n.entries = append(n.entries, entry{Kind: k, Value: v})
		d.count++
	}
	return nil
}

// accepts reports whether v, a well-formed value, may be a payload of the kind.
func (k Kind) accepts(v Value) bool {
	major := v[0] >> 5
	switch k {
	case KindMap, KindList:
		return v == valueNull
	case KindText:
		return v == valueNull || v == valueHead
	case KindCounter:
		return v == valueNull || major == majorUint || major == majorNegint
	case KindSet:
		return v == setPresence || major != majorMap && major != majorArray
	}
	return true
}
