package archive

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Collection begins the part of an archive that is about one collection.
type Collection struct {
	Name string
	// Knowledge is what the writer knows, and so who takes in the archive will.
	Knowledge crdt.Knowledge
	// Base is what who takes it in has to know: documents that it counts are
	// left out. Where it is empty all documents are there.
	Base crdt.Knowledge
	// Forgotten is what the writer has forgotten: of keys that have no document
	// all that was ever seen. Base covers it, or is empty.
	Forgotten crdt.Knowledge
}

const (
	maxName   = 64   // bytes of the name of a collection
	maxRanges = 4096 // of one knowledge
	freeRun   = 1 << 16
)

// Due are the runs of keys that frames must cover, in order, each with its
// vectors.
func (c Collection) Due() (due []Span) {
	crdt.Overlay(c.Knowledge, c.Base, func(from, to string, known, base crdt.VersionVector) {
		if base.Covers(known) {
			return
		}
		crdt.Overlay(c.Forgotten, crdt.Knowledge{}, func(f, t string, forgotten, _ crdt.VersionVector) {
			f, t = max(f, from), earlier(t, to)
			if t == "" || f < t {
				due = append(due, Span{f, t, base, known, forgotten})
			}
		})
	})
	return due
}

// Whole reports whether all that is known is in the archive.
func (c Collection) Whole() bool { return c.Base.Equal(crdt.Knowledge{}) }

// Span is a run of keys with one vector of each kind; To "" is the end of the
// key space.
type Span struct {
	From, To                string
	Base, Vector, Forgotten crdt.VersionVector
}

// check refuses what no writer writes.
func (c Collection) check() error {
	if err := crdt.CheckCollection(c.Name); err != nil {
		return err
	}
	if !c.Knowledge.Covers(c.Forgotten) || !c.Knowledge.Covers(c.Base) {
		return fmt.Errorf("%s: base or forgotten is beyond what is known", c.Name)
	}
	ok := true
	crdt.Overlay(c.Base, c.Forgotten, func(_, _ string, base, forgotten crdt.VersionVector) {
		ok = ok && (base.Len() == 0 || base.Covers(forgotten))
	})
	if !ok {
		return fmt.Errorf("%s: removals were forgotten that the base does not count", c.Name)
	}
	return nil
}

// append writes the collection: its name, the vector that covers all that is
// known, and the three as differences from that.
func (c Collection) append(b []byte) []byte {
	b = appendText(b, c.Name)
	top := c.Knowledge.Max()
	b = top.AppendBinary(b)
	for _, k := range []crdt.Knowledge{c.Knowledge, c.Base, c.Forgotten} {
		b = k.AppendDifference(b, crdt.Know(top), appendReplica)
	}
	return b
}

func parseCollection(b []byte) (*Collection, error) {
	c := &Collection{}
	var err error
	if c.Name, b, err = cutText(b, maxName); err != nil {
		return nil, err
	}
	top, b, err := crdt.CutVector(b)
	if err != nil {
		return nil, err
	}
	for _, k := range []*crdt.Knowledge{&c.Knowledge, &c.Base, &c.Forgotten} {
		if *k, b, err = cutKnowledge(b, top); err != nil {
			return nil, err
		}
	}
	if len(b) > 0 {
		return nil, errors.New("bytes behind a collection")
	}
	return c, c.check()
}

// cutKnowledge reads one knowledge as its difference from top. Entries count for
// the memory that they may take; what a store splits its knowledge into fits.
func cutKnowledge(b []byte, top crdt.VersionVector) (crdt.Knowledge, []byte, error) {
	return crdt.CutDifference(b, crdt.Know(top), maxRanges, freeRun+4*len(b), cutReplica)
}

func appendReplica(b []byte, r crdt.ReplicaID) []byte { return append(b, r[:]...) }

func cutReplica(b []byte) (r crdt.ReplicaID, rest []byte, err error) {
	if len(b) < len(r) {
		return r, nil, errShort
	}
	return r, b[copy(r[:], b):], nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// cutText reads a text of at most so many bytes behind its length.
func cutText(b []byte, most int) (string, []byte, error) {
	part, b, err := cutPart(b, most)
	return string(part), b, err
}

// cutPart is cutText for bytes, which alias b.
func cutPart(b []byte, most int) (part, rest []byte, err error) {
	n, b, err := cutNumber(b)
	switch {
	case err != nil:
		return nil, nil, err
	case n > uint64(most):
		return nil, nil, fmt.Errorf("%d bytes where at most %d are allowed", n, most)
	case n > uint64(len(b)):
		return nil, nil, errShort
	}
	return b[:n:n], b[n:], nil
}

func cutNumber(b []byte) (uint64, []byte, error) {
	n, w := binary.Uvarint(b)
	if w <= 0 {
		return 0, nil, errShort
	}
	return n, b[w:], nil
}

// earlier is the end of a run of keys that comes first.
func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}
