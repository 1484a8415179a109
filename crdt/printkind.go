package crdt

import "strconv"

// escape prints the first kind of an escape that is to be shown and that this
// version knows, and passes over the others. If there are only kinds that it
// does not know, it prints null.
func (p *printer) escape(dst []byte, size uint64, depth int) (_ []byte, shown bool, err error) {
	unknown := false
	for size > 0 {
		kind, ok := p.uint()
		count, ok2 := p.uint()
		if !ok || !ok2 || kind > 255 || count > uint64(p.left()) {
			return dst, false, p.fail("bad kind")
		}
		k := Kind(kind)
		need := count + 2 + k.extra()
		if need > size {
			return dst, false, p.fail("bad kind")
		}
		size -= need
		unknown = unknown || !k.known()
		if !k.known() || shown {
			err = p.skipMany(need - 2)
		} else {
			before := len(dst)
			if dst, shown, err = p.kind(dst, k, count, depth); !shown {
				dst = dst[:before]
			}
		}
		if err != nil {
			return dst, false, err
		}
	}
	if !shown && unknown {
		return append(dst, "null"...), true, nil
	}
	return dst, shown, nil
}

func (p *printer) skipMany(n uint64) error {
	for range n {
		if err := p.skip(4*MaxDepth, true); err != nil { // escapes nest between maps and lists
			return err
		}
	}
	return nil
}

func (p *printer) kind(dst []byte, k Kind, count uint64, depth int) (_ []byte, shown bool, err error) {
	switch k {
	case KindMap, KindList, KindText:
		if err := p.skipMany(count); err != nil {
			return dst, false, err
		}
		return p.container(dst, k, count > 0, depth)
	case KindCounter:
		dst, err = p.counter(dst, count)
		return dst, true, err
	case KindSet:
		dst, err = p.set(dst, count)
		return dst, true, err
	}
	if count == 0 {
		return dst, false, p.fail("register without value")
	}
	if dst, err = p.register(dst); err != nil {
		return dst, false, err
	}
	return dst, true, p.skipMany(count - 1)
}

// container prints the inside of a map, list or text. A map or list that is not
// present is shown only if something in it is.
func (p *printer) container(dst []byte, k Kind, present bool, depth int) (_ []byte, shown bool, err error) {
	if k == KindText {
		dst, err = p.prose(dst)
		return dst, true, err
	}
	major, n, ok := p.head()
	switch {
	case !ok:
		return dst, false, p.fail("no canonical value")
	case k == KindMap && major == majorMap:
		dst, shown, err = p.fields(dst, n, depth-1)
	case k == KindList && major == majorArray:
		dst, shown, err = p.elements(dst, n, func(dst []byte) ([]byte, bool, error) { return p.node(dst, depth-1) })
	default:
		return dst, false, p.fail("bad " + k.String())
	}
	return dst, shown || present, err
}

// register prints a value as it stands in a register.
func (p *printer) register(dst []byte) ([]byte, error) {
	whole := p.format == FormatTyped && p.pos < len(p.s) && !Value(p.s[p.pos:]).isScalar()
	if whole {
		dst = append(dst, `{"$register":`...)
	}
	dst, err := p.value(dst)
	if whole {
		dst = append(dst, '}')
	}
	return dst, err
}

// prose prints the content of a text and passes over its events. A text that
// has only events is shown as null.
func (p *printer) prose(dst []byte) ([]byte, error) {
	if p.format == FormatTyped {
		dst = append(dst, `{"$text":`...)
	}
	dst, err := p.value(dst)
	if p.format == FormatTyped {
		dst = append(dst, '}')
	}
	if err != nil {
		return dst, err
	}
	return dst, p.skipMany(1)
}

func (p *printer) counter(dst []byte, count uint64) ([]byte, error) {
	var s sum
	for range count {
		if p.pos < len(p.s) && p.s[p.pos] == valueNull[0] { // presence
			p.pos++
			continue
		}
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
