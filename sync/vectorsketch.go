package antientropy

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// Knowledge of few entries is shown whole. Of larger ones both sides first show
// sketches (see element) of the entries of their largest vectors. What is in both is
// common, and then each shows its knowledge as a difference from that: about 16
// bytes for each entry that differs, whatever the number of replicas. If more differ
// than the sketches can tell, knowledge is shown whole.
const (
	fewEntries          = 64 // shown whole
	leastVectorCells    = 8
	mostVectorCells     = 512
	entriesOfVectorCell = 24
)

// vectorSketch is the message that shows one.
type vectorSketch struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Cells      []byte
}

func (*vectorSketch) kind() kind { return kindVectorSketch }

func (m *vectorSketch) String() string {
	return fmt.Sprintf("sketch of what I know of %s, %d bytes", m.Collection, len(m.Cells))
}

// entrySet is the entries of a vector as elements of a sketch.
type entrySet struct {
	elements
	vector crdt.VersionVector
	set    []element
}

func (s *Session) entrySet(v crdt.VersionVector) entrySet {
	key := s.walkKey()
	e := entrySet{newElements(sha256.Sum256(append(key[:], "vectors"...))), v, make([]element, 0, v.Len())}
	for r, n := range v.All() {
		e.set = append(e.set, e.entry(r, n))
	}
	return e
}

func (e entrySet) entry(r crdt.ReplicaID, n uint64) element {
	var counter [32]byte
	binary.BigEndian.PutUint64(counter[:], n)
	return e.of(string(r[:]), counter)
}

// sketch is as many cells as pay for a vector of this size.
func (e entrySet) sketch() []cell {
	return e.cells(e.set, 0, min(leastVectorCells+e.vector.Len()/entriesOfVectorCell, mostVectorCells))
}

// common is what the vector has in common with the one that the cells are a
// sketch of; ok is false if they are too few to tell.
func (e entrySet) common(theirs []cell) (v crdt.VersionVector, ok bool) {
	only, ok := e.tell(e.set, theirs)
	if !ok {
		return v, false
	}
	mine := make(map[element]bool, len(only))
	for _, x := range only {
		mine[x] = true
	}
	v = e.vector
	i := 0
	for r := range e.vector.All() {
		if mine[e.set[i]] {
			v.Set(r, 0)
		}
		i++
	}
	return v, true
}

// largest is the vector with the most entries, the first of them.
func largest(k crdt.Knowledge) (v crdt.VersionVector) {
	for _, r := range k.Ranges() {
		if r.Vector.Len() > v.Len() {
			v = r.Vector
		}
	}
	return v
}

// introduce begins to show the knowledge of this side, which is another than the
// peer's.
func (s *Session) introduce(c *collection, v View) error {
	if c.shown || c.sketched != nil {
		return nil
	}
	if err := s.sayCounted(c, v); err != nil {
		return err
	}
	if v.Knowledge().Weight() <= fewEntries {
		return s.show(c, v)
	}
	e := s.entrySet(largest(v.Knowledge()))
	c.sketched = &e.vector
	m := &vectorSketch{Collection: c.name, Cells: appendCells(nil, e.sketch())}
	return s.whenRoom(debt{c, kindVectorSketch, 0, func() error { return s.send(m) }}, false)
}

// onVectorSketch shows the knowledge of this side as its difference from what
// both sides know.
func (s *Session) onVectorSketch(m *vectorSketch) error {
	c := s.collections[m.Collection]
	if c == nil || c.declined != "" {
		return ends(ReasonUnknownCollection, "sketch of the knowledge of %q", m.Collection)
	}
	if c.heardVectors || c.ready {
		return ends(ReasonOutOfOrder, "sketch of the knowledge of %s", c.name)
	}
	if len(m.Cells) > mostVectorCells*cellSize {
		return ends(ReasonOversized, "sketch of %d bytes", len(m.Cells))
	}
	cells, err := cutCells(m.Cells, s.limits.Entries)
	if err != nil {
		return err
	}
	c.heardVectors = true
	s.touch(c)
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := s.introduce(c, v); err != nil || c.shown || c.sketched == nil {
		return err // it is small: the peer answers what is shown with what concerns it
	}
	e := s.entrySet(*c.sketched)
	n := min(len(cells), len(e.sketch()))
	common, ok := e.common(cells[:n])
	if !ok {
		return s.show(c, v)
	}
	c.common = crdt.Know(common)
	return s.sayWhenRoom(c, v, false, func(v View) error { return s.say(c, v, fromCommon, false) })
}

// answer shows to a peer that knows little what of its replicas is known here;
// the rest it is about to be sent.
func (s *Session) answer(c *collection, v View) error {
	if k := v.Knowledge(); k.Weight() > fewEntries && c.theirs.Weight() <= fewEntries {
		return s.sayWhenRoom(c, v, true, func(v View) error { return s.say(c, v, fromNothing, true) })
	}
	return s.show(c, v)
}

// concerning is k without the replicas that v does not count.
func concerning(k crdt.Knowledge, v crdt.VersionVector) (part crdt.Knowledge) {
	for _, r := range k.Ranges() {
		var entries crdt.VersionVector
		for id := range v.All() {
			entries.Raise(id, r.Vector.Counter(id))
		}
		part = part.Raise(r.From, r.To, crdt.VersionVector{}, entries)
	}
	return part
}
