package archive

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Frame is the documents of a run of keys: those with a head that Base does
// not count. It lies within one Span of its collection.
type Frame struct {
	Span
	Documents []Document // in key order
}

// Whole reports whether all documents of these keys are in the frame: one that
// is not there does not exist, or was removed so long ago that this is forgotten.
func (f Frame) Whole() bool { return f.Base.Len() == 0 }

// Document is one document: the dots of its latest changes in order, and its
// canonical bytes, none if it is removed.
type Document struct {
	Key   string
	Heads []crdt.Dot
	Body  []byte
}

const (
	// MaxFrame is at how many bytes of documents a writer ends a frame; one
	// document may be larger.
	MaxFrame = 256 << 10
	// MaxDocuments is how many documents a frame has at most.
	MaxDocuments = 4000
	// MaxHeads is how many signed heads stand together at most.
	MaxHeads = 1024
)

// Size is about what the document takes in a frame, in bytes.
func (d Document) Size() int { return len(d.Key) + len(d.Body) + 4*len(d.Heads) + 6 }

// append writes the frame: first and last key, the replicas of its heads, and
// the documents. Its vectors are those of the collection.
func (f Frame) append(b []byte) []byte {
	b = appendText(b, f.From)
	b = appendText(b, f.To)
	numbers := map[crdt.ReplicaID]uint64{}
	var replicas []crdt.ReplicaID
	for _, d := range f.Documents {
		for _, h := range d.Heads {
			if _, ok := numbers[h.Replica]; !ok {
				numbers[h.Replica] = uint64(len(replicas))
				replicas = append(replicas, h.Replica)
			}
		}
	}
	b = binary.AppendUvarint(b, uint64(len(replicas)))
	for _, r := range replicas {
		b = append(b, r[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(f.Documents)))
	for _, d := range f.Documents {
		b = appendText(b, d.Key)
		b = binary.AppendUvarint(b, uint64(len(d.Heads)))
		for _, h := range d.Heads {
			b = binary.AppendUvarint(b, numbers[h.Replica])
			b = binary.AppendUvarint(b, h.Counter)
		}
		b = binary.AppendUvarint(b, uint64(len(d.Body)))
		b = append(b, d.Body...)
	}
	return b
}

// parseFrame reads a frame without its vectors. Bodies alias b.
func parseFrame(b []byte) (f *Frame, err error) {
	f = &Frame{}
	if f.From, b, err = cutText(b, crdt.MaxKey+1); err != nil {
		return nil, err
	}
	if f.To, b, err = cutText(b, crdt.MaxKey+1); err != nil {
		return nil, err
	}
	n, b, err := cutNumber(b)
	if err != nil || n > uint64(len(b)/len(crdt.ReplicaID{})) {
		return nil, errShort
	}
	replicas := make([]crdt.ReplicaID, n)
	for i := range replicas {
		b = b[copy(replicas[i][:], b):]
	}
	n, b, err = cutNumber(b)
	const least = 6 // bytes of a document: key 2, heads 3, body 1
	if err != nil || n > uint64(len(b)/least) {
		return nil, errShort
	}
	if n > MaxDocuments {
		return nil, fmt.Errorf("%d documents in a frame", n)
	}
	f.Documents = make([]Document, n)
	for i := range f.Documents {
		if b, err = f.Documents[i].cut(b, replicas); err != nil {
			return nil, err
		}
	}
	if len(b) > 0 {
		return nil, errors.New("bytes behind a frame")
	}
	return f, nil
}

func (d *Document) cut(b []byte, replicas []crdt.ReplicaID) (rest []byte, err error) {
	if d.Key, b, err = cutText(b, crdt.MaxKey); err != nil {
		return nil, err
	}
	n, b, err := cutNumber(b)
	if err != nil || n > uint64(len(b)/2) {
		return nil, errShort
	}
	d.Heads = make([]crdt.Dot, n)
	for i := range d.Heads {
		var number uint64
		if number, b, err = cutNumber(b); err != nil {
			return nil, err
		}
		if number >= uint64(len(replicas)) {
			return nil, fmt.Errorf("a replica %d of %d", number, len(replicas))
		}
		d.Heads[i].Replica = replicas[number]
		if d.Heads[i].Counter, b, err = cutNumber(b); err != nil {
			return nil, err
		}
	}
	body, b, err := cutPart(b, crdt.MaxMerged)
	if len(body) > 0 {
		d.Body = body
	}
	return b, err
}

// check refuses documents that contradict the vectors or each other.
func (f Frame) check() error {
	if f.To != "" && f.From >= f.To {
		return fmt.Errorf("keys from %q to %q", f.From, f.To)
	}
	last := ""
	for _, d := range f.Documents {
		if err := crdt.CheckKey(d.Key); err != nil {
			return err
		}
		if d.Key <= last || d.Key < f.From || f.To != "" && d.Key >= f.To {
			return fmt.Errorf("key %q is out of place", d.Key)
		}
		last = d.Key
		if len(d.Heads) == 0 {
			return fmt.Errorf("%s has no heads", d.Key)
		}
		for i, h := range d.Heads {
			if i > 0 && d.Heads[i-1].Compare(h) >= 0 || h.Counter == 0 || !f.Vector.Has(h) {
				return fmt.Errorf("%s: its head %s is not known, or out of order", d.Key, h)
			}
		}
	}
	return nil
}

// appendHeads writes signed heads one after the other.
func appendHeads(b []byte, heads []crdt.SignedHead) []byte {
	for _, h := range heads {
		b = h.AppendBinary(b)
	}
	return b
}

const headSize = 144

func parseHeads(b []byte) ([]crdt.SignedHead, error) {
	if len(b)%headSize != 0 || len(b) > MaxHeads*headSize || len(b) == 0 {
		return nil, fmt.Errorf("signed heads of %d bytes", len(b))
	}
	heads := make([]crdt.SignedHead, len(b)/headSize)
	for i := range heads {
		var err error
		if heads[i], err = crdt.ParseSignedHead(b[i*headSize : (i+1)*headSize]); err != nil {
			return nil, err
		}
	}
	return heads, nil
}
