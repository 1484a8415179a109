package storage

import (
	"github.com/crdtstore/crdtstore/storage/splice"
)

// droppedByFold is how many parts that are no longer used a fold drops, so that
// a transaction which rewrites the largest body is not made larger by what
// came before.
const droppedByFold = 16

// putBody stores the parts of a record's body, if it is large, where the store
// holds the body was of that document, nil if that one is in the record; and
// drops the parts that are not needed any more. It returns what the record must
// say of the body.
func (b *Batch) putBody(coll string, was *largeBody, rec Record) (*largeBody, error) {
	switch {
	case rec.large == nil:
		return nil, b.dropParts(coll, rec.Key)
	case was == nil:
		return rec.large, b.foldBody(coll, layout{}, splice.Diff(nil, rec.Body), rec)
	case was.digest == rec.large.digest:
		return was, nil
	}
	old, err := b.d.body(b.tx, coll, rec.Key, was)
	if err != nil {
		return nil, err
	}
	diff := splice.Diff(old, rec.Body)
	payload := diff.AppendBinary(unsealed(64))
	if n := len(payload) - sealSize; was.takes(n) {
		large := *rec.large
		large.splices, large.tail = was.splices+1, was.tail+n
		at := partKey(coll, rec.Key, partSplice, uint16(was.splices))
		return &large, b.set(at, seal(at, payload))
	}
	parts := bodyReader{b.tx, coll, rec.Key}
	l, err := parts.layout()
	if err != nil {
		return nil, err
	}
	tail, err := parts.tail(was, l.length())
	if err != nil {
		return nil, err
	}
	if tail.Len() != len(old) {
		return nil, parts.damaged("its splices make %d bytes of %d", tail.Len(), len(old))
	}
	l.splices = max(l.splices, was.splices)
	return rec.large, b.foldBody(coll, l, tail.Then(diff), rec)
}

// foldBody writes the body that s makes of the pieces of l.
func (b *Batch) foldBody(coll string, l layout, s splice.Splice, rec Record) error {
	next, dirty := l.fold(s)
	for _, p := range dirty {
		at := partKey(coll, rec.Key, partPiece, p.slot)
		value := append(unsealed(p.length), rec.Body[p.at:p.at+p.length]...)
		if err := b.set(at, seal(at, value)); err != nil {
			return err
		}
	}
	for range droppedByFold {
		var at []byte
		switch n := len(next.spare) - 1; {
		case n >= 0:
			at = partKey(coll, rec.Key, partPiece, next.spare[n])
			next.spare = next.spare[:n]
		case next.splices > rec.large.mostSplices():
			next.splices--
			at = partKey(coll, rec.Key, partSplice, uint16(next.splices))
		default:
			continue
		}
		if err := b.del(at); err != nil {
			return err
		}
	}
	at := partKey(coll, rec.Key, partLayout, 0)
	return b.set(at, seal(at, next.appendBinary(unsealed(16+4*len(next.pieces)))))
}

// dropParts drops all parts of a document that there are.
func (b *Batch) dropParts(coll, key string) error {
	o := partsOf(coll, key)
	o.KeysOnly = true
	for item, err := range b.tx.Scan(o) {
		if err != nil {
			return err
		}
		if err := b.del(append([]byte(nil), item.Key...)); err != nil {
			return err
		}
	}
	return nil
}
