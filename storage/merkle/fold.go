package merkle

// Fold computes the root of the tree over documents that come in the order of
// their keys, without storing a node: it holds one open node for each level.
// It is what a copy of the documents, in a file or on its way, is compared with
// the tree by.
type Fold struct {
	shape  shape
	levels []openNode
	last   string
}

// openNode is the node of a level that is being summed up.
type openNode struct {
	sum      *summer
	boundary string
	length   int // children so far
	closed   int // nodes of the level that came before
}

// NewFold begins the tree of a collection.
func NewFold(collection string) *Fold { return &Fold{shape: shape{collection: collection}} }

// Add takes the next document. It reports whether its key comes behind that of
// the one before; one that does not is not taken.
func (f *Fold) Add(d Document) bool {
	if d.Key <= f.last {
		return false
	}
	f.last = d.Key
	f.add(0, Child{d.Key, Node{1, d.Digest}})
	return true
}

// add takes the next child of a level, and closes the node that it does not
// belong to.
func (f *Fold) add(level int, c Child) {
	if level == len(f.levels) {
		f.levels = append(f.levels, openNode{sum: newSummer(level)})
	}
	l := &f.levels[level]
	begins := f.shape.begins(level, c.Boundary)
	switch {
	case l.length == 0 && l.closed == 0:
		if begins {
			l.boundary = c.Boundary
		}
	case begins, l.length == f.shape.run():
		done := Child{l.boundary, l.sum.node()}
		l.sum.reset()
		l.boundary, l.length, l.closed = c.Boundary, 0, l.closed+1
		f.add(level+1, done)
		l = &f.levels[level] // the slice may have moved
	}
	l.sum.add(c)
	l.length++
}

// Root ends the tree, and returns its root and of how many documents it is.
// Nothing can be added afterwards.
func (f *Fold) Root() (root Hash, documents uint64) {
	if len(f.levels) == 0 {
		return EmptyRoot, 0
	}
	for level := 0; ; level++ {
		l := f.levels[level]
		n := l.sum.node()
		if l.closed == 0 && l.boundary == "" {
			return n.Hash, n.Count
		}
		f.add(level+1, Child{l.boundary, n})
	}
}
