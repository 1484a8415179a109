package storage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// kept checks what is kept of a collection as a whole: its state and the base of
// that, what is forgotten, and how far the tree is hashed. That records of the
// state, of what is forgotten and of the tree are there is told by others that
// would not be without them.
func (c *checker) kept() error {
	for _, check := range []func() error{c.keptState, c.keptForgotten, c.keptMark} {
		err := check()
		if errors.Is(err, ErrDamaged) {
			err = c.find("", ProblemState, err.Error())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keptState reads the state as a store that is opened would.
func (c *checker) keptState() error {
	key := collectionKey(c.coll)
	value, err := c.snap.Get(key)
	if errors.Is(err, ErrNotFound) {
		return stateless(c.snap, c.coll)
	}
	if err == nil {
		_, err = stateOf(c.snap, c.coll, key, value, c.replicaID)
	}
	return err
}

// stateless makes sure that a collection without a state has no documents, and
// that nothing was written into it.
func stateless(r Reader, coll string) error {
	for _, space := range []byte{spaceDocument, spaceIndex, spaceFingerprint} {
		o := ScanOptions{Start: inCollection(space, coll, 0), End: afterCollection(space, coll), KeysOnly: true}
		for _, err := range r.Scan(o) {
			if err == nil {
				err = stateMissing(coll)
			}
			return err
		}
	}
	return nil
}

func stateMissing(coll string) error {
	return &DamagedError{Collection: coll, What: "the knowledge is missing"}
}

// unused makes sure that an incarnation which is about to count from 1 in a
// collection has not counted there before: else the state is lost, and it would
// use dots again (Law F).
func (b *Batch) unused(coll string, own crdt.ReplicaID) error {
	n, ok := b.known(own)
	if !ok {
		return nil
	}
	_, err := b.tx.Get(slotKey(coll, n, 0))
	if err == nil {
		err = stateMissing(coll)
	}
	return notFoundIsNil(err)
}

// keptForgotten reads all that is stored of what is forgotten, none of it from
// memory.
func (c *checker) keptForgotten() error {
	if _, err := (&vectorCache{}).load(c.snap, c.coll); err != nil {
		return err
	}
	_, err := getSealed(c.snap, horizonKey(c.coll), c.coll, "a horizon")
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// keptMark checks the mark of the tree, and the number of documents against it.
func (c *checker) keptMark() error {
	_, err := getSealed(c.snap, treeMarkKey(c.coll), c.coll, "the tree mark")
	if errors.Is(err, ErrDamaged) {
		return c.find("", ProblemTree, err.Error())
	}
	level, nodes, top := treeNodes{c.snap, c.coll}.Top()
	if errors.Is(err, ErrNotFound) && top == nil && nodes {
		return c.find("", ProblemTree, fmt.Sprintf("nodes up to level %d, and no mark", level))
	}
	if err = errors.Join(notFoundIsNil(err), top); err != nil {
		return err
	}
	m, err := c.treeMark()
	if err != nil || !m.shows(c.Knowledge()) {
		return err
	}
	root, _, err := c.walk().Root()
	if errors.Is(err, errTree) {
		return nil // found with the leaves
	}
	if err == nil && root.Count != c.Count() {
		err = c.find("", ProblemCount, fmt.Sprintf("the tree has %d documents, the count says %d", root.Count, c.Count()))
	}
	return err
}

func notFoundIsNil(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// headReads is about what is read to check a signed head.
const headReads = 160

// heads checks, from a replica on, that there is a signature for all that is
// known of it (Law J), or the counter of an own incarnation. next is where to go
// on when about limit bytes were read; more is false at the end.
func (c *checker) heads(from replicaNumber, limit int) (next replicaNumber, read int, more bool, err error) {
	known := c.Knowledge().Max()
	own, err := loadIncarnations(c.snap)
	if err != nil {
		return 0, 0, false, err
	}
	for n := from; int(n) < len(c.replicas.ids); n++ {
		if read >= limit {
			return n, read, true, nil
		}
		r := c.replicas.ids[n]
		if read++; known.Counter(r) == 0 {
			continue
		}
		read += headReads
		if err := c.head(n, crdt.Dot{Replica: r, Counter: known.Counter(r)}, own); err != nil {
			return 0, read, false, err
		}
	}
	return 0, read, false, nil
}

// head checks what is stored of a replica of which everything up to last is
// known.
func (c *checker) head(n replicaNumber, last crdt.Dot, own incarnations) error {
	var counted ownHead
	signed, err := loadSignedHead(c.snap, c.coll, n)
	err = notFoundIsNil(err)
	if _, is := own.nonceOf(last.Replica); is && err == nil {
		counted, err = loadOwnHead(c.snap, c.coll, c.state, last.Replica, n)
	}
	switch {
	case errors.Is(err, ErrDamaged):
		return c.find("", ProblemHead, fmt.Sprintf("%v, of %s", err, last.Replica))
	case err == nil && max(signed.Counter, counted.counter) < last.Counter:
		return c.find("", ProblemHead, fmt.Sprintf("none for %s", last))
	}
	return err
}

// fingerprints checks those of the own transactions, from behind a key on. next
// is where to go on when about limit bytes were read; nil at the end.
func (c *checker) fingerprints(from string, limit int) (next []byte, read int, err error) {
	o := ScanOptions{Start: append(inCollection(spaceFingerprint, c.coll, len(from)), from...), End: afterCollection(spaceFingerprint, c.coll)}
	for item, err := range c.snap.Scan(o) {
		if err != nil {
			return nil, read, err
		}
		if read >= limit {
			return slices.Clone(item.Key), read, nil
		}
		read += len(item.Key) + len(item.Value)
		if !eachFingerprint(item.Key, item.Value, func(uint64, []byte) bool { return true }) {
			if err := c.find("", ProblemChain, fmt.Sprintf("slot %x", item.Key[len(inCollection(0, c.coll, 0)):])); err != nil {
				return nil, read, err
			}
		}
	}
	return nil, read, nil
}

// allKept checks all that is not about single documents.
func (c *checker) allKept() error {
	if err := c.kept(); err != nil {
		return err
	}
	if _, _, _, err := c.heads(0, maxRead); err != nil {
		return err
	}
	_, _, err := c.fingerprints("", maxRead)
	return err
}

const maxRead = int(^uint(0) >> 1)
