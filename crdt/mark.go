package crdt

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// mark is what a repair leaves in the document that it has made: what it has
// looked at. It is the payload of an entry of KindRepair at the root, and so
// goes wherever the document goes. Whoever has not seen that entry can tell
// what the repair did not know from what was removed (see dispute).
type mark struct {
	format uint64 // 0 is markFormat
	dot    Dot
	heads  []Dot         // of the contents that were united
	seen   VersionVector // what whoever repaired had seen
	united spans         // what was alive in one of the contents
	known  bool          // to a join: the other side had seen heads
}

const (
	markFormat = 1
	// markReadmitted is the format of what Readmit leaves: no side is believed less for
	// it, and a version that does not know it keeps it.
	markReadmitted = 2
	// maxMarks is how many marks a document keeps: the latest.
	maxMarks = 16
	// maxMarkSeen is how many replicas a mark tells the counters of; those of
	// which something is alive come first. What others wrote is not disputed.
	maxMarkSeen = 1024
)

// span is a run of counters of one replica.
type span struct{ first, last uint64 }

// spans are dots: of each replica runs of counters, ascending.
type spans map[ReplicaID][]span

// spansOf is a set of dots.
func spansOf(dots []Dot) spans {
	dots = slices.Clone(dots)
	slices.SortFunc(dots, Dot.Compare)
	s := spans{}
	for _, d := range dots {
		runs := s[d.Replica]
		if n := len(runs); n > 0 && d.Counter <= runs[n-1].last+1 {
			runs[n-1].last = d.Counter
			continue
		}
		s[d.Replica] = append(runs, span{d.Counter, d.Counter})
	}
	return s
}

func (s spans) has(d Dot) bool {
	_, ok := slices.BinarySearchFunc(s[d.Replica], d.Counter, func(r span, c uint64) int {
		switch {
		case c < r.first:
			return 1
		case c > r.last:
			return -1
		}
		return 0
	})
	return ok
}

// value is the payload of the entry, a byte string: a format number, the
// replicas, then for each of them its counter in seen and its runs in united, each
// as the distance from the one before and its length less one; then the heads,
// each as the number of a replica and a counter. All numbers are uvarints.
func (m mark) value() Value {
	of := map[ReplicaID]bool{}
	for _, d := range m.heads {
		of[d.Replica] = true
	}
	for r := range m.united {
		of[r] = true
	}
	for r := range m.seen.All() {
		if len(of) >= maxMarkSeen {
			break
		}
		of[r] = true
	}
	replicas := make([]ReplicaID, 0, len(of))
	for r := range of {
		replicas = append(replicas, r)
	}
	slices.SortFunc(replicas, ReplicaID.Compare)
	b := binary.AppendUvarint(binary.AppendUvarint(nil, cmp.Or(m.format, markFormat)), uint64(len(replicas)))
	number := map[ReplicaID]uint64{}
	for i, r := range replicas {
		number[r] = uint64(i)
		b = append(b, r[:]...)
		b = binary.AppendUvarint(b, m.seen.Counter(r))
		b = binary.AppendUvarint(b, uint64(len(m.united[r])))
		at := uint64(0)
		for _, s := range m.united[r] {
			b = binary.AppendUvarint(b, s.first-at)
			b = binary.AppendUvarint(b, s.last-s.first)
			at = s.last
		}
	}
	b = binary.AppendUvarint(b, uint64(len(m.heads)))
	for _, d := range m.heads {
		b = binary.AppendUvarint(b, number[d.Replica])
		b = binary.AppendUvarint(b, d.Counter)
	}
	return Value(appendBytes(nil, string(b)))
}

// markOf reads an entry. What cannot be read, which a newer version may have
// written, marks nothing.
func markOf(e *entry) (m mark, ok bool) { return readMark(e, markFormat) }

// readMark reads an entry of this format.
func readMark(e *entry, format uint64) (m mark, ok bool) {
	if e.Value == "" || e.Value[0]>>5 != majorBytes {
		return m, false
	}
	r := markReader{b: []byte(e.Value.content())}
	if r.number() != format {
		return m, false
	}
	m = mark{format: format, dot: e.Dot, united: spans{}}
	seen := Counters{}
	replicas := make([]ReplicaID, r.count(len(ReplicaID{})+2))
	for i := range replicas {
		id := &replicas[i]
		r.b = r.b[copy(id[:], r.take(len(id))):]
		seen[*id] = r.number()
		runs := make([]span, r.count(2))
		at := uint64(0)
		for k := range runs {
			first := at + r.number()
			last := first + r.number()
			if r.bad = r.bad || first <= at || last < first; r.bad {
				return m, false
			}
			runs[k], at = span{first, last}, last
		}
		if len(runs) > 0 {
			m.united[*id] = runs
		}
	}
	m.heads = make([]Dot, r.count(2))
	for i := range m.heads {
		n := r.number()
		if r.bad || n >= uint64(len(replicas)) {
			return m, false
		}
		m.heads[i] = Dot{replicas[n], r.number()}
	}
	m.seen = seen.Vector()
	return m, !r.bad && len(r.b) == 0
}

// markReader reads the payload of a mark; after anything bad it gives zeros.
type markReader struct {
	b   []byte
	bad bool
}

func (r *markReader) number() uint64 {
	n, rest, err := cutUvarint(r.b)
	if err != nil || r.bad {
		r.bad = true
		return 0
	}
	r.b = rest
	return n
}

// count reads how many follow of what takes so many bytes at least.
func (r *markReader) count(least int) int {
	n := r.number()
	if n > uint64(len(r.b)/least) {
		r.bad = true
		return 0
	}
	return int(n)
}

// take is the next n bytes, which stay.
func (r *markReader) take(n int) []byte {
	if len(r.b) < n {
		r.bad = true
		return nil
	}
	return r.b[:n]
}

// marks are the marks at the root of a document that a side which has seen so much
// has not seen.
func (n *node) marks(other VersionVector) (all []mark) {
	for _, e := range n.kindEntries(KindRepair) {
		if other.Has(e.Dot) {
			continue
		}
		if m, ok := markOf(&e); ok {
			m.known = !slices.ContainsFunc(m.heads, func(d Dot) bool { return !other.Has(d) })
			all = append(all, m)
		}
	}
	return all
}

// withMark is root with one mark more, and without those that are too many.
func (n *node) withMark(e entry) node {
	entries := append(slices.Clone(n.kindEntries(KindRepair)), e)
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), a.Dot.Compare(b.Dot))
	})
	return n.withKind(KindRepair, entries[max(len(entries)-maxMarks, 0):])
}

// onlyMarks reports whether there is nothing at the root but marks: that is no
// document.
func (n *node) onlyMarks() bool {
	return len(n.fields) == 0 && n.seq == nil &&
		!slices.ContainsFunc(n.entries, func(e entry) bool { return e.Kind != KindRepair })
}
