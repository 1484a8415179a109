package storage

import (
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage/splice"
)

// bodyReader reads the parts of one large body.
type bodyReader struct {
	r         Reader
	coll, key string
}

func (b bodyReader) damaged(format string, args ...any) error {
	return &DamagedError{Collection: b.coll, Key: b.key, What: fmt.Sprintf(format, args...)}
}

// layout reads which pieces make the body.
func (b bodyReader) layout() (layout, error) {
	at := partKey(b.coll, b.key, partLayout, 0)
	value, err := b.r.Get(at)
	if errors.Is(err, ErrNotFound) {
		return layout{}, b.damaged("the list of its pieces is missing")
	}
	if err != nil {
		return layout{}, err
	}
	payload, ok := unseal(at, value)
	if !ok {
		return layout{}, b.damaged("checksum of the list of its pieces")
	}
	l, ok := parseLayout(payload)
	if !ok {
		return layout{}, b.damaged("list of its pieces")
	}
	return l, nil
}

// pieces puts the pieces together, as they were written.
func (b bodyReader) pieces(l layout) ([]byte, error) {
	starts, at := make(map[uint16]int, len(l.pieces)), 0
	lengths := make(map[uint16]int, len(l.pieces))
	for _, p := range l.pieces {
		starts[p.slot], lengths[p.slot] = at, p.length
		at += p.length
	}
	body := make([]byte, at)
	o := ScanOptions{Start: partKey(b.coll, b.key, partPiece, 0), End: partKey(b.coll, b.key, partSplice, 0)}
	for item, err := range b.r.Scan(o) {
		if err != nil {
			return nil, err
		}
		_, _, slot, err := parsePartKey(b.coll, item.Key)
		if err != nil {
			return nil, err
		}
		length, ours := lengths[slot]
		if !ours {
			continue
		}
		payload, ok := unseal(item.Key, item.Value)
		if !ok {
			return nil, b.damaged("checksum of piece %d", slot)
		}
		if len(payload) != length {
			return nil, b.damaged("piece %d has %d bytes, not %d", slot, len(payload), length)
		}
		copy(body[starts[slot]:], payload)
		delete(lengths, slot)
	}
	for slot := range lengths {
		return nil, b.damaged("piece %d is missing", slot)
	}
	return body, nil
}

// tail is all splices of the tail in one; the pieces have base bytes.
func (b bodyReader) tail(large *largeBody, base int) (splice.Splice, error) {
	if large.splices == 0 {
		return splice.Same(base), nil
	}
	chain := make([]splice.Splice, 0, large.splices)
	o := ScanOptions{
		Start: partKey(b.coll, b.key, partSplice, 0),
		End:   partKey(b.coll, b.key, partSplice, uint16(large.splices)),
	}
	for item, err := range b.r.Scan(o) {
		if err != nil {
			return splice.Splice{}, err
		}
		_, _, number, err := parsePartKey(b.coll, item.Key)
		if err != nil {
			return splice.Splice{}, err
		}
		if int(number) != len(chain) {
			break
		}
		payload, ok := unseal(item.Key, item.Value)
		if !ok {
			return splice.Splice{}, b.damaged("checksum of splice %d", number)
		}
		s, err := splice.Parse(append([]byte(nil), payload...), base)
		if err != nil || s.Len() > MaxValueSize {
			return splice.Splice{}, b.damaged("splice %d does not fit", number)
		}
		chain, base = append(chain, s), s.Len()
	}
	if len(chain) < large.splices {
		return splice.Splice{}, b.damaged("splice %d is missing", len(chain))
	}
	return splice.Join(chain), nil
}

// read puts the body together. It belongs to the caller. What does not make the
// body that the record names is damage.
func (b bodyReader) read(large *largeBody) ([]byte, error) {
	l, err := b.layout()
	if err != nil {
		return nil, err
	}
	body, err := b.pieces(l)
	if err != nil {
		return nil, err
	}
	tail, err := b.tail(large, len(body))
	if err != nil {
		return nil, err
	}
	if large.splices > 0 {
		body = tail.Apply(body)
	}
	if len(body) != large.length || crdt.Digest(body) != large.digest {
		return nil, b.damaged("its pieces do not make the content of the record")
	}
	return body, nil
}
