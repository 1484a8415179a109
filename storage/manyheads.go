package storage

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// maxHeads is how many heads a document may come to have by a merge. Each has
// an entry in the index, and a transaction of the least store must be able to
// replace all of them, beside the parts of a body.
const maxHeads = 5000

// checkHeads refuses a record with more heads than could be stored, and later
// replaced, with its body in one transaction of the least store. Honest
// documents have one for each replica that has changed them without knowing of
// the others.
func checkHeads(coll string, rec Record) error {
	const record, entry = 14, 16 // in the record; for each key of a transaction
	each := record + 2*(len(indexKey(coll, 0, 0))+entry) + len(rec.Key)
	room := MinTxSize - MaxValueSize + crdt.MaxMerged - len(rec.Body) - 128<<10
	if n := len(rec.Heads); n > maxHeads || n*each > room {
		return &refusedError{fmt.Errorf("%w: merged it would have %d concurrent changes beside %d bytes", crdt.ErrTooLarge, n, len(rec.Body))}
	}
	return nil
}
