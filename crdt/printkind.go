package crdt

import "strconv"

// escape prints the first kind of an escape that this version knows, and
// passes over the others; if it knows none, null.
func (p *printer) escape(dst []byte, size uint64, depth int) ([]byte, error) {
	printed := false
	for size > 0 {
		kind, ok := p.uint()
		count, ok2 := p.uint()
		need := count + 2
		if kind == uint64(KindMap) {
			need++
		}
		if !ok || !ok2 || count > uint64(p.left()) || need > size {
			return dst, p.fail("bad kind")
		}
		size -= need
		var err error
		if k := Kind(kind); kind <= 255 && k.known() && !printed {
			printed = true
			dst, err = p.kind(dst, k, count, depth)
		} else {
			err = p.skipMany(need - 2)
		}
		if err != nil {
			return dst, err
		}
	}
	if !printed {
		dst = append(dst, "null"...)
	}
	return dst, nil
}

func (p *printer) skipMany(n uint64) error {
	for range n {
		if err := p.skip(3*MaxDepth, true); err != nil { // escapes nest between maps
			return err
		}
	}
	return nil
}

func (p *printer) kind(dst []byte, k Kind, count uint64, depth int) ([]byte, error) {
	switch k {
	case KindMap:
		if err := p.skipMany(count); err != nil {
			return dst, err
		}
		return p.node(dst, depth)
	case KindCounter:
		return p.counter(dst, count)
	case KindSet:
		return p.set(dst, count)
	}
	if count == 0 {
		return dst, p.fail("register without value")
	}
	dst, err := p.value(dst)
	if err != nil {
		return dst, err
	}
	return dst, p.skipMany(count - 1)
}

func (p *printer) counter(dst []byte, count uint64) ([]byte, error) {
	var s sum
	for range count {
		i, ok := p.int()
		if !ok {
			return dst, p.fail("bad counter")
		}
		s = s.add(i)
	}
	n, _ := s.int64()
	if p.format == FormatTyped {
		dst = append(dst, `{"$counter":`...)
	}
	dst = strconv.AppendInt(dst, n, 10)
	if p.format == FormatTyped {
		dst = append(dst, '}')
	}
	return dst, nil
}

func (p *printer) set(dst []byte, count uint64) ([]byte, error) {
	if p.format == FormatTyped {
		dst = append(dst, `{"$set":`...)
	}
	dst = append(dst, '[')
	last := Value("")
	for range count {
		start := p.pos
		if err := p.skip(1, false); err != nil {
			return dst, err
		}
		v := Value(p.s[start:p.pos])
		if v == setPresence || last != "" && equalValues(last, v) {
			continue
		}
		if last != "" {
			dst = append(dst, ',')
		}
		p.pos, last = start, v
		var err error
		if dst, err = p.value(dst); err != nil {
			return dst, err
		}
	}
	dst = append(dst, ']')
	if p.format == FormatTyped {
		dst = append(dst, '}')
	}
	return dst, nil
}
