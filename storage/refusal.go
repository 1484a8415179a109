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

// raise is what is known once the frame is merged into the keys it took part
// in, but for the refused documents. It fails with ErrFrame if there are too many of them.
func (f Frame) raise(coll string, known crdt.Knowledge, took []crdt.Range, refused []Refusal) (crdt.Knowledge, error) {
	if len(refused) > MaxRefused {
		return known, fmt.Errorf("%w: %d documents cannot be merged, the first: %w", ErrFrame, len(refused), refused[0].Err)
	}
	for _, r := range runs(without(took, refused)) {
		known = known.Raise(r.From, r.To, f.Base, f.Vector)
	}
	if len(refused) == 0 {
		return known, nil
	}
	if n, size := len(known.Ranges()), rangeBytes(known); n > maxRanges || n > fewRanges && size > maxKnown {
		return known, fmt.Errorf("%w: what is known of %s would fall into %d ranges of %d bytes: %w", ErrFrame, coll, n, size, refused[0].Err)
	}
	return known, nil
}

// rangeBytes is how many bytes it takes, at most, to tell the ranges apart.
func rangeBytes(k crdt.Knowledge) int {
	name := func(b []byte, r crdt.ReplicaID) []byte { return append(b, r[:]...) }
	return len(k.AppendDifference(nil, crdt.Know(k.Max()), name))
}

// without cuts the refused keys out of ranges; both are in order.
func without(ranges []crdt.Range, refused []Refusal) []crdt.Range {
	var out []crdt.Range
	for _, r := range ranges {
		for len(refused) > 0 && r.Contains(refused[0].Key) {
			key := refused[0].Key
			refused = refused[1:]
			if r.From < key {
				out = append(out, crdt.Range{From: r.From, To: key, Vector: r.Vector})
			}
			r.From = key + "\x00"
		}
		if r.To == "" || r.From < r.To {
			out = append(out, r)
		}
	}
	return out
}

// runs unites neighbouring ranges, whatever their vectors.
func runs(ranges []crdt.Range) []crdt.Range {
	var out []crdt.Range
	for _, r := range ranges {
		if n := len(out); n > 0 && out[n-1].To == r.From {
			out[n-1].To = r.To
		} else {
			out = append(out, crdt.Range{From: r.From, To: r.To})
		}
	}
	return out
}
