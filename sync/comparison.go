package antientropy

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// comparison goes before the frames of a drain where the peer is behind what is
// forgotten here: documents that it holds may have been removed by changes that
// no candidate names any more. This side shows a sketch of the documents it
// holds of a run of keys, as the drain's snapshot has them; the peer finds out which of its own are not
// among them as they are, and names those. They go into the frames, whole, or, if
// there is no record of them, as absences.
//
// Sketch and frames are of one snapshot, so nothing can come between them here;
// what comes between them there is for the peer to see (see crdtstore/storage,
// Frame.Compared). With the drain the comparison ends.
type comparison struct {
	number   uint64
	from, to string
	set      []element // until the peer has named its own
	cells    int       // shown
	done     bool
	keys     []string // named by the peer and not sent yet
}

// leastCells is what a comparison begins with.
const leastCells = 16

// rehash says whether the tree has to be brought up to date before absences
// are told: only what the tree bears out is evidence (Law I).
type rehash byte

const (
	rehashMaybe rehash = iota // not looked yet
	rehashAsked               // nothing is sent until it is done
	rehashDone
)

// compareFirst begins a comparison where the next frame needs one, and reports
// whether the frame has to wait for it.
func (s *Session) compareFirst(c *collection) (wait bool, err error) {
	d := c.drain
	from, to, base, _, ok := d.span(c.known)
	if !ok {
		return false, nil
	}
	to, f := d.forgottenFrom(from, to)
	if base.Covers(f) || c.known.At(from).Equal(crdt.VersionVector{}) { // who knows nothing holds nothing
		return false, nil
	}
	if m := d.comparison; m != nil && m.from <= from && before(from, m.to) {
		return !m.done, nil
	}
	if c.rehash == rehashMaybe {
		_, ok, err := d.view.Root()
		if err != nil {
			return false, failed("root of "+c.name, err)
		}
		if !ok {
			s.askRehash(c)
			return true, nil
		}
		c.rehash = rehashDone
	}
	return true, s.compareKeys(c, from, to)
}

// askRehash gives the drain up until the tree shows what is here.
func (s *Session) askRehash(c *collection) {
	c.stopDrain()
	c.rehash = rehashAsked
	if !c.verify.hashing {
		c.verify.hashing = true
		s.emit(Hash{c.name})
	}
}

// rehashed lets a drain go on that has waited for the tree.
func (c *collection) rehashed() {
	if c.rehash == rehashAsked {
		c.rehash, c.dirty = rehashDone, true
	}
}

// forgottenFrom is what is forgotten of from, and up to which key, at most to,
// that is so.
func (d *drain) forgottenFrom(from, to string) (string, crdt.VersionVector) {
	for _, r := range d.forgotten.Ranges() {
		if r.Contains(from) {
			return firstEnd(r.To, to), r.Vector
		}
	}
	return to, crdt.VersionVector{}
}

// compareKeys shows the first cells for as many of the keys [from, to) as one
// comparison takes.
func (s *Session) compareKeys(c *collection, from, to string) error {
	d := c.drain
	set, to, err := s.elementsOf(d.view, c.name, from, to)
	if err != nil {
		return err
	}
	c.comparisons++
	cells := leastCells
	if d.comparison != nil {
		cells = max(cells, d.comparison.cells/2) // differences are often alike everywhere
	}
	d.unload()
	d.comparison = &comparison{number: c.comparisons, from: from, to: to, set: set}
	return s.sendCells(c, d.comparison, cells)
}

// elementsOf are those of the documents in [from, to), or in the first part of
// it: up to is where that ends.
func (s *Session) elementsOf(v View, name, from, to string) (set []element, upTo string, err error) {
	e := newElements(s.walkKey())
	upTo = to
	err = v.Existing(from, to, func(key string, digest [32]byte) bool {
		if len(set) == s.limits.Compare {
			upTo = key
			return false
		}
		set = append(set, e.of(key, digest))
		return true
	})
	if err != nil {
		return nil, "", failed("list "+name, err)
	}
	return set, upTo, nil
}

// sendCells shows the cells up to number n that were not shown yet.
func (s *Session) sendCells(c *collection, m *comparison, n int) error {
	cells := newElements(s.walkKey()).cells(m.set, m.cells, n)
	out := &sketch{Collection: c.name, Number: m.number, From: m.from, To: m.to, First: uint64(m.cells), Cells: appendCells(nil, cells)}
	m.cells = n
	return s.send(out)
}

// mostCells is how many cells a comparison of n documents on both sides takes at most. Four for each tell
// them apart, but for the few that share all their cells by chance: of ten documents in 104 cells that is one comparison in ten thousand, and
// the chance falls with the fourth power of the cells. Nobody is to be taken for a liar for that.
func mostCells(n int) int { return 4*n + 64*leastCells }

// asked returns the comparison that a message is about; nil if it was given up.
func (c *collection) asked(number uint64, to, what string) (*comparison, error) {
	if number == 0 || number > c.comparisons {
		return nil, ends(ReasonOutOfOrder, "%s of sketch %d of %s", what, number, c.name)
	}
	if c.drain == nil || c.drain.comparison == nil || c.drain.comparison.number != number {
		return nil, nil
	}
	m := c.drain.comparison
	if m.done {
		return nil, ends(ReasonOutOfOrder, "%s of sketch %d of %s, which is done", what, number, c.name)
	}
	if to != m.to && (!before(to, m.to) || to <= m.from) {
		return nil, bad("sketch of %s up to %q is not one up to %q", c.name, m.to, to)
	}
	return m, nil
}

// onMore shows more cells, or begins anew with fewer keys.
func (s *Session) onMore(in *more) error {
	c, err := s.met(in.Collection, "more")
	if err != nil {
		return err
	}
	m, err := c.asked(in.Number, in.To, "more")
	if err != nil || m == nil {
		return err
	}
	if in.To != m.to {
		return s.compareKeys(c, m.from, in.To)
	}
	if in.Cells <= uint64(m.cells) || in.Cells > uint64(mostCells(2*s.limits.Compare)) {
		return bad("%d cells of %s after %d", in.Cells, c.name, m.cells)
	}
	return s.sendCells(c, m, int(in.Cells))
}

// onDiffer learns which documents have to be in the frames. Those of which
// there is no record are told to be absent only if the tree bears that out. It was
// brought up to date before the drain began; where it has changed since, they are
// passed over.
func (s *Session) onDiffer(in *differ) error {
	c, err := s.met(in.Collection, "differ")
	if err != nil {
		return err
	}
	m, err := c.asked(in.Number, in.To, "differ")
	if err != nil || m == nil {
		return err
	}
	last := ""
	for _, key := range in.Keys {
		if err := crdt.CheckKey(key); err != nil {
			return bad("sketch of %s: %v", c.name, err)
		}
		if key < m.from || !before(key, in.To) || key <= last {
			return bad("sketch of %s: key %q out of place", c.name, key)
		}
		last = key
		r, err := c.drain.view.Record(key)
		if err != nil {
			return failed("read "+key, err)
		}
		if len(r.Heads) > 0 {
			continue
		}
		sure, err := c.drain.view.Absent(key)
		if err != nil {
			return failed("look for "+key, err)
		}
		if !sure && !c.drain.passOver(key) {
			break
		}
	}
	c.drain.named(in.To, slices.Clone(in.Keys))
	return nil
}

// named ends the comparison: up to a key, the peer does not hold these as they are. A run of keys
// that needed no comparison may have been read meanwhile, and left over, so those are
// merged with the named ones anew: a frame is in key order.
func (d *drain) named(to string, keys []string) {
	d.unload()
	m := d.comparison
	m.to, m.keys, m.set, m.done = to, keys, nil, true
}

// skip forgets keys that the peer has named before from.
func (m *comparison) skip(from string) {
	for m != nil && len(m.keys) > 0 && m.keys[0] < from {
		m.keys = m.keys[1:]
	}
}

// first is the first key that the peer has named and that is not sent yet.
func (m *comparison) first() (key string, ok bool) {
	if m == nil || len(m.keys) == 0 {
		return "", false
	}
	return m.keys[0], true
}

// take takes key, the next one, from the candidates and from what the peer has
// named, and reports whether it was there.
func (d *drain) take(key string) (named bool) {
	if len(d.keys) > 0 && d.keys[0] == key {
		d.keys = d.keys[1:]
	}
	if first, ok := d.comparison.first(); ok && first == key {
		d.comparison.keys = d.comparison.keys[1:]
		return true
	}
	return false
}

// unload puts documents that were read for a frame, and left over, back among
// the candidates: some of them may have to go whole.
func (d *drain) unload() {
	var keys []string
	for _, doc := range d.loaded {
		keys = append(keys, doc.Key)
		delete(d.reduced, doc.Key)
	}
	d.keys, d.loaded = append(keys, d.keys...), nil
}
