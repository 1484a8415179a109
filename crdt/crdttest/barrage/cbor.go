package barrage

import (
	"slices"
)

// item is a part of bytes that has a meaning of its own: a value of CBOR or
// JSON, in the order in which they begin.
type item struct {
	from, head, to int // where it begins, where its head ends (CBOR), and where it ends
	parent         int // the item that it belongs to, or -1
	major          byte
	arg            uint64
	children       int
}

// Major types of CBOR.
const (
	positive = iota
	negative
	byteString
	textString
	array
	mapping
	tag
	simple
)

// depth and width are how much is looked at.
const (
	depth = 64
	width = 1 << 14
)

// cborItems finds the items of b, which is a sequence of CBOR, behind a few
// bytes of something else perhaps. None are found in what is not.
func cborItems(b []byte) []item {
	for skip := range min(4, len(b)) {
		items, ok := cborSequence(b, nil, skip, len(b), -1)
		if ok && (len(items) > 1 || len(items) == 1 && items[0].head < items[0].to) {
			return items
		}
	}
	return nil
}

// cborSequence reads items from at to end, exactly.
func cborSequence(b []byte, items []item, at, end, parent int) ([]item, bool) {
	for at < end {
		var ok bool
		if items, at, ok = cborItem(b, items, at, end, parent, 0); !ok {
			return items, false
		}
	}
	return items, true
}

// cborItem reads the item at a place, with all that is in it.
func cborItem(b []byte, items []item, at, end, parent, level int) (_ []item, to int, ok bool) {
	it := item{from: at, parent: parent, major: b[at] >> 5, arg: uint64(b[at] & 31)}
	at++
	if it.arg > 27 || level > depth || len(items) > width {
		return items, 0, false
	}
	if it.arg >= 24 {
		n := 1 << (it.arg - 24)
		if n > end-at {
			return items, 0, false
		}
		it.arg = getFixed(b[at:at+n], true)
		at += n
	}
	it.head = at
	me := len(items)
	items = append(items, it)
	switch it.major {
	case byteString, textString:
		if it.arg > uint64(end-at) {
			return items, 0, false
		}
		at += int(it.arg)
		if it.major == byteString && it.arg > 2 { // perhaps there is CBOR in it
			if in, ok := cborSequence(b, items, it.head, at, me); ok && len(in) > me+2 {
				items = in
			}
		}
	case array, mapping, tag:
		n := it.arg
		switch {
		case it.major == mapping:
			n *= 2
		case it.major == tag:
			n = 1
		}
		if n > uint64(end-at) || it.arg > uint64(end-at) {
			return items, 0, false
		}
		for range n {
			if at >= end {
				return items, 0, false
			}
			if items, at, ok = cborItem(b, items, at, end, me, level+1); !ok {
				return items, 0, false
			}
			items[me].children++
		}
	}
	items[me].to = at
	return items, at, true
}

// cborHead is the shortest head.
func cborHead(major byte, arg uint64) []byte {
	first := major << 5
	for i, limit := range []uint64{1 << 8, 1 << 16, 1 << 32} {
		switch {
		case arg < 24:
			return []byte{first | byte(arg)}
		case arg < limit:
			return cborLong(first, i, arg)
		}
	}
	return cborLong(first, 3, arg)
}

// cborLong is a head with 1, 2, 4 or 8 bytes of argument.
func cborLong(first byte, size int, arg uint64) []byte {
	b := make([]byte, 1+1<<size)
	b[0] = first | byte(24+size)
	putFixed(b[1:], arg, true)
	return b
}

// item changes one item of CBOR.
func (m mutation) item(b []byte, items []item, donor *value) []byte {
	i := m.IntN(len(items))
	it := items[i]
	whole := b[it.from:it.to]
	counted := it.parent >= 0 && items[it.parent].major == array
	switch m.IntN(8) {
	case 0:
		if counted {
			return replaced(b, items, i, nil, -1)
		}
	case 1:
		if counted {
			return replaced(b, items, i, slices.Concat(whole, whole), 1)
		}
	case 2:
		if counted && len(donor.cbor) > 0 {
			return replaced(b, items, i, slices.Concat(m.other(donor), whole), 1)
		}
	case 3, 4:
		if len(donor.cbor) > 0 {
			return replaced(b, items, i, m.other(donor), 0)
		}
	case 5:
		if m.IntN(4) == 0 { // as nobody may write it
			return replaced(b, items, i, slices.Concat(cborLong(it.major<<5, m.IntN(4), it.arg), b[it.head:it.to]), 0)
		}
	}
	if it.major == byteString || it.major == textString {
		content := m.any(b[it.head:it.to])
		return replaced(b, items, i, slices.Concat(cborHead(it.major, uint64(len(content))), content), 0)
	}
	head := cborHead(it.major, nearby(m.Rand, it.arg))
	if it.major == simple {
		head = append([]byte{b[it.from]}, b[it.from+1:it.head]...)
		head[m.IntN(len(head))] ^= 1 << m.IntN(5)
	}
	return replaced(b, items, i, slices.Concat(head, b[it.head:it.to]), 0)
}

// other is an item of another input.
func (m mutation) other(donor *value) []byte {
	it := donor.cbor[m.IntN(len(donor.cbor))]
	return donor.bytes[it.from:it.to]
}

// replaced puts something in place of an item; its parent counts so many more,
// and whatever holds it as bytes is as long as it is then.
func replaced(b []byte, items []item, i int, by []byte, more int) []byte {
	out := slices.Concat(by, b[items[i].to:])
	begin, longer := items[i].from, len(by)-(items[i].to-items[i].from)
	for p := items[i].parent; p >= 0; p = items[p].parent {
		it := items[p]
		head := b[it.from:it.head]
		switch {
		case it.major == byteString:
			head = cborHead(it.major, it.arg+uint64(longer))
		case more != 0:
			head = cborHead(it.major, it.arg+uint64(more))
		}
		more = 0
		out = slices.Concat(head, b[it.head:begin], out)
		begin, longer = it.from, longer+len(head)-(it.head-it.from)
	}
	return slices.Concat(b[:begin], out)
}
