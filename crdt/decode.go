package crdt

import (
	"errors"
	"fmt"
	"unsafe"
)

// ErrFormat is returned when a document is of a format newer than this
// version reads.
var ErrFormat = errors.New("unknown document format")

// Decode reads canonical bytes; no bytes are the absent document. Exactly one
// encoding of a document is accepted, everything else is ErrMalformed (or
// ErrFormat), so what is accepted encodes to the same bytes again. Of a text
// only the content is read: that the events beside it are its own is believed,
// and for Check to prove. Memory is bounded by the bytes that are really there.
// The document refers to b, which must not be modified afterwards.
func Decode(b []byte) (*Document, error) { return decode(b, false) }

// DecodeDelta is Decode for what a peer sent: it may be partial (see Reduce),
// and then is good for Check and for the second side of Merge alone.
func DecodeDelta(b []byte) (*Document, error) { return decode(b, true) }

func decode(b []byte, delta bool) (*Document, error) {
	if len(b) == 0 {
		return &Document{}, nil
	}
	if len(b) > MaxMerged {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrTooLarge, len(b), MaxMerged)
	}
	d := decoder{cborReader: cborReader{s: unsafe.String(unsafe.SliceData(b), len(b))}, delta: delta}
	doc := &Document{raw: b}
	if err := d.document(&doc.root); err != nil {
		return nil, err
	}
	doc.partial = d.partial
	return doc, nil
}

// decoder builds the tree of a document. Entries come from slabs, so a small
// document costs three allocations.
type decoder struct {
	cborReader
	delta   bool // texts may be partial
	partial bool // and one is
	slab    []entry
	count   int // entries so far
	stamps  stampReader
	escapes []escape // in the order of the body
	escape  int      // the next one to check
	lists   orderReader
}

func (d *decoder) document(root *node) error {
	size, ok := d.array()
	if !ok || size != 4 && size != 5 {
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
	if err := d.stamps.read(&d.cborReader); err != nil {
		return err
	}
	if (size == 5) != (d.lists.items > 0) {
		return d.fail("orders without elements, or elements without orders")
	}
	if size == 5 {
		if err := d.lists.open(&d.cborReader, root); err != nil {
			return err
		}
	}
	if uint64(d.count+d.lists.places) != d.stamps.count {
		return d.fail("stamps and entries differ")
	}
	if d.left() > 0 {
		return d.fail("bytes after the end")
	}
	if err := d.stamp(root); err != nil {
		return err
	}
	if err := d.orders(); err != nil {
		return err
	}
	return d.stamps.checkReplicas(&d.cborReader)
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
	if n := cap(d.slab); len(d.slab) == n {
		d.slab = make([]entry, 0, min(max(2*n, 16), 512))
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

// stamp gives everything its dot and time and then checks that entries and
// kinds are in the one canonical order, which depends on them.
func (d *decoder) stamp(n *node) error {
	for i := range n.entries {
		e := &n.entries[i]
		d.stamps.next(&e.Dot, &e.Time)
	}
	if n.isScalar() {
		return nil
	}
	for i := 1; i < len(n.entries); i++ {
		a, b := &n.entries[i-1], &n.entries[i]
		if a.Kind == b.Kind && compareEntries(a, b) >= 0 {
			return d.fail("entries out of order")
		}
	}
	var x escape
	if !n.isMap() && !n.empty() { // empty: an element that was moved while it was removed
		x = d.escapes[d.escape]
		d.escape = x.fields
	}
	for i := range n.fields {
		if err := d.stamp(&n.fields[i].node); err != nil {
			return err
		}
	}
	if len(n.items()) > 0 {
		d.escape = x.items
		if err := d.stampItems(n.items()); err != nil {
			return err
		}
	}
	if len(x.kinds) > 0 {
		d.escape = x.end
	}
	if len(x.kinds) < 2 {
		return nil
	}
	var buf [4]group
	for i, g := range n.groups(buf[:0]) {
		if x.kinds[i] != g.kind {
			return d.fail("kinds out of order")
		}
	}
	return nil
}
