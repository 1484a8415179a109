package crdt

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// ErrFormat is returned when a document is of a format newer than this
// version reads.
var ErrFormat = errors.New("unknown document format")

// Decode reads canonical bytes; no bytes are the absent document. Exactly one
// encoding of a document is accepted, everything else is ErrMalformed (or
// ErrFormat), so what is accepted encodes to the same bytes again. Memory is
// bounded by the bytes that are really there. The document refers to b, which
// must not be modified afterwards.
func Decode(b []byte) (*Document, error) {
	if len(b) == 0 {
		return &Document{}, nil
	}
	if len(b) > MaxMerged {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(b), MaxMerged)
	}
	d := decoder{cborReader: cborReader{s: unsafe.String(unsafe.SliceData(b), len(b))}}
	doc := &Document{raw: b}
	if err := d.document(&doc.root); err != nil {
		return nil, err
	}
	return doc, nil
}

// decoder builds the tree of a document. Entries come from slabs, so a small
// document costs three allocations.
type decoder struct {
	cborReader
	slab    []entry
	count   int // entries so far
	stamps  stampReader
	escapes [][]Kind // the kinds of each escape, in canonical order of nodes
	escape  int      // the next one to check
}

func (d *decoder) document(root *node) error {
	if n, ok := d.array(); !ok || n != 4 {
		return d.fail("no document")
	}
	if v, ok := d.uint(); !ok {
		return d.fail("no format")
	} else if v != formatVersion {
		return fmt.Errorf("%w: %d", ErrFormat, v)
	}
	if err := d.node(root, MaxDepth); err != nil {
		return err
	}
	if err := d.stamps.read(&d.cborReader, d.count); err != nil {
		return err
	}
	if d.left() > 0 {
		return d.fail("bytes after the end")
	}
	return d.stamp(root)
}

// node reads the content of a node; depth is how many more objects and arrays
// may nest.
func (d *decoder) node(n *node, depth int) error {
	start := d.pos
	major, arg, ok := d.head()
	switch {
	case !ok:
		return d.fail("no canonical value")
	case major == majorMap:
		d.reserve(arg + 1)
		n.entries = d.one(entry{Kind: KindMap, Value: valueNull})
		return d.fields(n, arg, depth)
	case major == majorArray:
		return d.kinds(n, arg, depth)
	}
	if err := d.skipScalar(major, arg, false); err != nil {
		return err
	}
	n.entries = d.one(entry{Kind: KindRegister, Value: Value(d.s[start:d.pos])})
	return nil
}

// reserve makes room for n entries more, within reason.
func (d *decoder) reserve(n uint64) {
	if free := cap(d.slab) - len(d.slab); uint64(free) < n && free < 8 {
		d.slab = make([]entry, 0, min(max(n, 1), 64))
	}
}

// one puts a node's only entry into the slab.
func (d *decoder) one(e entry) []entry {
	if len(d.slab) == cap(d.slab) {
		d.slab = make([]entry, 0, 16)
	}
	d.slab = append(d.slab, e)
	d.count++
	n := len(d.slab)
	return d.slab[n-1 : n : n]
}

// fields reads the content of a map of size n.
func (d *decoder) fields(n *node, size uint64, depth int) error {
	if depth == 0 {
		return d.fail("nested too deep")
	}
	if size > uint64(d.left())/2 {
		return d.fail("more fields than bytes")
	}
	n.fields = make([]field, 0, min(size, 64))
	for i := range size {
		name, ok := d.text()
		if !ok || !validName(name) || i > 0 && !nameLess(n.fields[i-1].name, name) {
			return d.fail("bad field name")
		}
		n.fields = append(n.fields, field{name: name})
		if err := d.node(&n.fields[i].node, depth-1); err != nil {
			return err
		}
	}
	return nil
}

// kinds reads an escape of size elements.
func (d *decoder) kinds(n *node, size uint64, depth int) error {
	at := len(d.escapes)
	d.escapes = append(d.escapes, nil)
	var kinds []Kind
	for size > 0 {
		kind, ok := d.uint()
		count, ok2 := d.uint()
		need := count + 2
		if kind == uint64(KindMap) {
			need++
		}
		if !ok || !ok2 || kind == 0 || kind > 255 || count > uint64(d.left()) || need > size {
			return d.fail("bad kind")
		}
		size -= need
		k := Kind(kind)
		if slices.Contains(kinds, k) {
			return d.fail("kind listed twice")
		}
		kinds = append(kinds, k)
		if err := d.payloads(n, k, count, depth); err != nil {
			return err
		}
		if k != KindMap {
			continue
		}
		major, fields, ok := d.head()
		if !ok || major != majorMap || fields == 0 && count == 0 {
			return d.fail("bad map")
		}
		if err := d.fields(n, fields, depth); err != nil {
			return err
		}
	}
	if len(kinds) == 0 || n.isScalar() || n.isMap() && len(kinds) == 1 {
		return d.fail("needless escape")
	}
	d.escapes[at] = kinds
	return nil
}

// payloads reads the payloads of one kind of an escape.
func (d *decoder) payloads(n *node, k Kind, count uint64, depth int) error {
	if count == 0 && k != KindMap {
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
	case KindMap:
		return v == valueNull
	case KindRegister:
		return major != majorMap
	case KindCounter:
		return major == majorUint || major == majorNegint
	case KindSet:
		return v == setPresence || major != majorMap && major != majorArray
	}
	return true
}

// stamp gives every entry its dot and time and then checks that entries and
// kinds are in the one canonical order, which depends on them.
func (d *decoder) stamp(n *node) error {
	for i := range n.entries {
		d.stamps.entry(&n.entries[i])
	}
	for i := 1; i < len(n.entries); i++ {
		a, b := &n.entries[i-1], &n.entries[i]
		if a.Kind == b.Kind && compareEntries(a, b) >= 0 {
			return d.fail("entries out of order")
		}
	}
	var kinds []Kind
	if !n.isScalar() && !n.isMap() {
		kinds = d.escapes[d.escape]
		d.escape++
	}
	for i := range n.fields {
		if err := d.stamp(&n.fields[i].node); err != nil {
			return err
		}
	}
	if len(kinds) < 2 {
		return nil
	}
	var buf [4]group
	for i, g := range n.groups(buf[:0]) {
		if kinds[i] != g.kind {
			return d.fail("kinds out of order")
		}
	}
	return nil
}
