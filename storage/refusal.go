package storage

import (
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	// MaxRefused is how many documents of one frame may be refused: a peer that
	// sends more is not one with a bad document, but a bad peer.
	MaxRefused = 16
	// maxRanges is how many ranges of keys a refusal may leave with what is
	// known of them: the knowledge is written with every commit.
	maxRanges = 1024
	// maxKnown is how many bytes what is known may take through refusals when it
	// has more than fewRanges: every commit writes it, and keys of 1 KiB or
	// vectors of hundreds of replicas would take the room that the largest
	// document needs.
	maxKnown  = 96 << 10
	fewRanges = 16
)

// Refusal is a document of a Frame that cannot be merged.
type Refusal struct {
	Key string
	// Err says why, and names the document as collection/key: what was sent
	// is malformed, holds changes that the sender does not count, is a text that
	// no sequence of edits makes, or would be too large (crdt.ErrTooLarge) or too
	// costly once merged.
	Err error
}

// raise is what is known once the frame is merged but for the refused
// documents. It fails with ErrFrame if there are too many of them.
func (f Frame) raise(coll string, known crdt.Knowledge, refused []Refusal) (crdt.Knowledge, error) {
	if len(refused) > MaxRefused {
		return known, fmt.Errorf("%w: %d documents cannot be merged, the first: %w", ErrFrame, len(refused), refused[0].Err)
	}
	from := f.From
	for _, r := range refused {
		if from < r.Key {
			known = known.Raise(from, r.Key, f.Base, f.Vector)
		}
		from = r.Key + "\x00"
	}
	if f.To == "" || from < f.To {
		known = known.Raise(from, f.To, f.Base, f.Vector)
	}
	if len(refused) == 0 {
		return known, nil
	}
	if n, size := len(known.Ranges()), len(known.AppendBinary(nil)); n > maxRanges || n > fewRanges && size > maxKnown {
		return known, fmt.Errorf("%w: what is known of %s would fall into %d ranges of %d bytes: %w", ErrFrame, coll, n, size, refused[0].Err)
	}
	return known, nil
}
