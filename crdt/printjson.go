package crdt

import (
	"encoding/base64"
	"math"
	"strconv"
	"unsafe"
)

// Format chooses how a document prints as JSON. Either can be put again and
// makes no difference.
type Format uint8

const (
	// FormatPlain shows a counter as a number, a set as a sorted array, a list
	// as an array, a text as a string and bytes as a base64 string.
	FormatPlain Format = iota
	// FormatTyped shows them as {"$counter":n}, {"$set":[…]}, […],
	// {"$text":"…"} and {"$bytes":"base64"}, and an array or object that is one
	// value as a whole as {"$register":…}.
	FormatTyped
)

// AppendPlainJSON appends the plain JSON of a document, transcoded from the
// body in its canonical bytes alone: no tree is built. Of concurrent values it
// shows the winners. It fails with ErrMalformed when the bytes before the end
// of the body are none of a document; what follows is not looked at.
func AppendPlainJSON(dst, canonical []byte) ([]byte, error) {
	return appendJSON(dst, canonical, FormatPlain)
}

func appendJSON(dst, canonical []byte, f Format) ([]byte, error) {
	p := printer{cborReader{s: unsafe.String(unsafe.SliceData(canonical), len(canonical))}, f}
	n, ok := p.array()
	version, ok2 := p.uint()
	if !ok || !ok2 || n != 4 && n != 5 || version != formatVersion {
		return dst, p.fail("no document")
	}
	return p.root(dst)
}

// root prints what is at the root; null if nothing of it is shown.
func (p *printer) root(dst []byte) ([]byte, error) {
	out, shown, err := p.node(dst, MaxDepth)
	if err == nil && !shown {
		out = append(out, "null"...)
	}
	return out, err
}

// AppendJSON appends the document as JSON; the absent document has none.
func (d *Document) AppendJSON(dst []byte, f Format) []byte {
	if d.IsEmpty() {
		return dst
	}
	dst, err := appendJSON(dst, d.raw, f)
	if err != nil {
		panic("crdt: print a valid document: " + err.Error())
	}
	return dst
}

// At returns the JSON of what is at path. A path leads through the elements of
// a list by their index, and may lead on into an array or object that is the
// value of a register. It fails with a *PathError of ErrNoValue.
func (d *Document) At(path Pointer, f Format) ([]byte, error) {
	n := &d.orEmpty().root
	for i, name := range path {
		g, ok := n.shown()
		if ok && g.kind == KindRegister {
			return atValue(g.entries[0].Value, path, i, f)
		}
		if n = n.step(g.kind, name); n == nil {
			return nil, &PathError{path.String(), ErrNoValue}
		}
	}
	if n.ghost() {
		return nil, &PathError{path.String(), ErrNoValue}
	}
	return n.appendJSON(nil, f), nil
}

// step is what the token leads to from n, of which a map or a list is shown;
// nil if there is nothing.
func (n *node) step(k Kind, token string) *node {
	switch k {
	case KindMap:
		if at, ok := n.find(token); ok {
			return &n.fields[at].node
		}
	case KindList:
		index, ok := arrayIndex(token)
		if at, found := n.element(index); ok && found {
			return &n.seq.items[at].node
		}
	}
	return nil
}

// arrayIndex reads a token as the index of an element (RFC 6901 §4).
func arrayIndex(token string) (i int, ok bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && strconv.Itoa(i) == token
}

func (n *node) appendJSON(dst []byte, f Format) []byte {
	p := printer{cborReader{s: string(appendBody(nil, n, nil))}, f}
	dst, err := p.root(dst)
	if err != nil {
		panic("crdt: print a valid node: " + err.Error())
	}
	return dst
}

// atValue follows path[i:] into a value that holds arrays and objects.
func atValue(v Value, path Pointer, i int, f Format) ([]byte, error) {
	p := printer{cborReader{s: string(v)}, f}
	for ; i < len(path); i++ {
		if !p.into(path[i]) {
			return nil, &PathError{path.String(), ErrNoValue}
		}
	}
	return p.register(nil)
}

// printer transcodes CBOR to JSON. It trusts nothing: the bytes may be from a
// bad disk.
type printer struct {
	cborReader
	format Format
}

// into moves to the element or field of the value that is next.
func (p *printer) into(token string) bool {
	major, n, _ := p.head()
	index, isIndex := arrayIndex(token)
	for i := range n {
		switch major {
		case majorArray:
			if isIndex && int(i) == index {
				return true
			}
		case majorMap:
			if name, _ := p.text(); name == token {
				return true
			}
		default:
			return false
		}
		if p.skip(MaxDepth, true) != nil {
			return false
		}
	}
	return false
}

// node prints what lives at a path: plain CBOR, or an escape. Of what is not
// to be shown at all it prints nothing.
func (p *printer) node(dst []byte, depth int) (_ []byte, shown bool, err error) {
	major, n, ok := p.head()
	switch {
	case !ok || depth < 0:
		return dst, false, p.fail("no canonical value")
	case major == majorMap:
		dst, _, err = p.fields(dst, n, depth-1)
		return dst, true, err
	case major == majorArray:
		return p.escape(dst, n, depth)
	}
	dst, err = p.scalar(dst, major, n)
	return dst, true, err
}

// fields prints the inside of a map of n nodes; some is false if none of them is
// shown.
func (p *printer) fields(dst []byte, n uint64, depth int) (_ []byte, some bool, err error) {
	dst = append(dst, '{')
	for range n {
		before := len(dst)
		if dst, err = p.name(dst, some); err != nil {
			return dst, false, err
		}
		var shown bool
		if dst, shown, err = p.node(dst, depth); err != nil {
			return dst, false, err
		}
		if some = some || shown; !shown {
			dst = dst[:before]
		}
	}
	return append(dst, '}'), some, nil
}

// name prints the name of a field, and the comma before it if it is another one.
func (p *printer) name(dst []byte, other bool) ([]byte, error) {
	if other {
		dst = append(dst, ',')
	}
	major, n, ok := p.head()
	if !ok || major != majorText {
		return dst, p.fail("bad field name")
	}
	name, ok := p.take(n)
	if ok {
		dst, ok = printText(dst, name)
	}
	if !ok {
		return dst, p.fail("bad field name")
	}
	return append(dst, ':'), nil
}

// elements prints the elements of an array of n; some is false if none of them
// is shown.
func (p *printer) elements(dst []byte, n uint64, value func([]byte) ([]byte, bool, error)) (_ []byte, some bool, err error) {
	dst = append(dst, '[')
	for range n {
		before := len(dst)
		if some {
			dst = append(dst, ',')
		}
		var shown bool
		if dst, shown, err = value(dst); err != nil {
			return dst, false, err
		}
		if some = some || shown; !shown {
			dst = dst[:before]
		}
	}
	return append(dst, ']'), some, nil
}

// value prints one value as it stands in a register.
func (p *printer) value(dst []byte) ([]byte, error) { return p.nested(dst, MaxDepth) }

func (p *printer) nested(dst []byte, depth int) ([]byte, error) {
	major, n, ok := p.head()
	if !ok || depth < 0 {
		return dst, p.fail("no canonical value")
	}
	if major != majorArray && major != majorMap {
		return p.scalar(dst, major, n)
	}
	var err error
	if major == majorArray {
		dst, _, err = p.elements(dst, n, func(dst []byte) ([]byte, bool, error) {
			dst, err := p.nested(dst, depth-1)
			return dst, true, err
		})
		return dst, err
	}
	dst = append(dst, '{')
	for i := range n {
		if dst, err = p.name(dst, i > 0); err == nil {
			dst, err = p.nested(dst, depth-1)
		}
		if err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// scalar prints a scalar whose head is read.
func (p *printer) scalar(dst []byte, major byte, n uint64) ([]byte, error) {
	start := p.pos
	if major == majorText {
		text, ok := p.take(n)
		if ok {
			dst, ok = printText(dst, text)
		}
		if !ok {
			return dst, p.fail("text cut off or not UTF-8")
		}
		return dst, nil
	}
	if err := p.skipScalar(major, n, false); err != nil {
		return dst, err
	}
	switch content := p.s[start:p.pos]; major {
	case majorUint, majorNegint:
		dst = strconv.AppendInt(dst, toInt(major, n), 10)
	case majorFloat:
		dst = appendNumber(dst, math.Float64frombits(n))
	case majorBytes:
		dst = p.bytes(dst, content)
	default:
		dst = append(dst, [...]string{"false", "true", "null"}[n-simpleFalse]...)
	}
	return dst, nil
}

func (p *printer) bytes(dst []byte, content string) []byte {
	if p.format == FormatTyped {
		dst = append(dst, `{"$bytes":`...)
	}
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, []byte(content))
	dst = append(dst, '"')
	if p.format == FormatTyped {
		dst = append(dst, '}')
	}
	return dst
}
