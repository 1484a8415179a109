package antientropy

import (
	"slices"
	"time"
)

const (
	minStart = 64   // nodes that a walk begins with, if the tree has so many above its documents
	maxOpen  = 512  // nodes that a walk follows on one level
	maxKeys  = 1000 // keys that a walk reports
	maxLevel = 64   // height of a tree
)

// treewalk compares two trees of the same knowledge, level by level, from the
// highest level of at least minStart nodes on: those above differ, and to show
// them one by one would cost a round trip each. The
// initiator leads: at each level it compares the short hashes of both sides'
// nodes below what differed on the level above, each side's as a set, and
// names by number those of the peer that it has no equal of. The shapes of
// the two trees may differ; only nodes of one level are ever compared.
type treewalk struct {
	view   View
	opened time.Time
	tag    tag
	key    [32]byte
	most   int // nodes or documents to hold
	round  uint64
	cut    bool // more differed than was followed

	level int    // of nodes
	nodes []Node // own nodes: differing ones (leading) or those last shown (following)
	leafs []Leaf // own documents, when level is documentLevel

	peerLevel int      // leading: level of what the peer last showed
	peerCount int      // leading: and how much it was
	waiting   bool     // leading: for an answer
	final     []string // leading: own differing keys, sent with the final question
}

func (w *treewalk) release() {
	if w != nil && w.view != nil {
		w.view.Close()
		w.view = nil
	}
}

// giveUp ends a walk, if there is one. A peer that is slow answers it nevertheless, and
// answers each question once and in order: so the next walk waits for that answer (see
// onNodes), or it would be taken for one to its own question.
func (v *verify) giveUp() {
	v.owed = v.owed || v.walk != nil && v.walk.waiting
	v.walk.release()
	v.walk = nil
}

// newWalk takes the snapshot of a walk; nil when the store has moved on from
// what t names.
func (s *Session) newWalk(c *collection, t tag) (*treewalk, error) {
	c.verify.giveUp()
	v, err := s.view(c.name)
	if err != nil {
		return nil, err
	}
	root, ok, err := v.Root()
	if err == nil && ok && tagOf(v.Knowledge()) == t {
		w := &treewalk{view: v, opened: s.clock.now, tag: t, key: s.walkKey(), most: s.limits.Walk}
		w.level, err = v.Height()
		w.nodes = []Node{{Hash: root}}
		for err == nil && w.level > 0 && len(w.nodes) < minStart {
			err = w.descend(w.nodes)
		}
		if err == nil {
			c.verify.walk = w
			return w, nil
		}
	}
	v.Close()
	if err != nil {
		return nil, failed("tree of "+c.name, err)
	}
	return nil, nil
}

// descend replaces nodes by what is below them, the first w.most of it.
func (w *treewalk) descend(nodes []Node) error {
	w.nodes, w.leafs = nil, nil
	for _, n := range nodes {
		if w.level > 0 {
			below, err := w.view.Children(w.level, n.Boundary)
			if err != nil {
				return failed("read tree at "+n.Boundary, err)
			}
			w.nodes = append(w.nodes, below[:min(len(below), w.most-len(w.nodes))]...)
		} else {
			below, err := w.view.Listing(n.Boundary)
			if err != nil {
				return failed("list leaf "+n.Boundary, err)
			}
			w.leafs = append(w.leafs, below[:min(len(below), w.most-len(w.leafs))]...)
		}
	}
	w.level--
	return nil
}

// onWalk answers the leading side.
func (s *Session) onWalk(m *walk) error {
	c, err := s.met(m.Collection, "walk")
	if err != nil {
		return err
	}
	if s.config.Initiator {
		return ends(ReasonOutOfOrder, "walk of %s from the side that follows", c.name)
	}
	w := c.verify.walk
	if m.Round == 0 {
		if w, err = s.newWalk(c, m.Tag); err != nil {
			return err
		}
	}
	switch {
	case w == nil || w.tag != m.Tag:
		return s.send(&nodes{Collection: c.name, Round: m.Round, Moved: true})
	case m.Round == 0:
		return s.send(&nodes{Collection: c.name, Level: w.level, Hashes: w.hashes()})
	case m.Round != w.round+1 || m.Round > uint64(s.limits.Rounds):
		return ends(ReasonOutOfOrder, "walk round %d of %s after %d", m.Round, c.name, w.round)
	}
	w.round = m.Round
	if !ascending(m.Open, w.size()) || len(m.Open) > max(maxOpen, maxKeys) || len(m.Keys) > maxKeys {
		return bad("walk of %s below %d nodes", c.name, len(m.Open))
	}
	if err := checkNamed(m.Keys); err != nil {
		return err
	}
	if m.Final {
		return s.answerFinal(c, w, m)
	}
	if w.level == documentLevel {
		return ends(ReasonOutOfOrder, "walk of %s below documents", c.name)
	}
	opened := make([]Node, len(m.Open))
	for i, at := range m.Open {
		opened[i] = w.nodes[at]
	}
	if err := w.descend(opened); err != nil {
		return err
	}
	return s.send(&nodes{Collection: c.name, Round: w.round, Level: w.level, Hashes: w.hashes()})
}

// answerFinal names the documents that differ here and ends the walk.
func (s *Session) answerFinal(c *collection, w *treewalk, m *walk) error {
	keys := []string{}
	for _, at := range m.Open {
		if w.level == documentLevel {
			keys = append(keys, w.leafs[at].Key)
		}
	}
	w.release()
	c.verify.walk = nil
	if err := s.send(&nodes{Collection: c.name, Round: w.round, Level: documentLevel, Keys: keys}); err != nil {
		return err
	}
	s.alarm(c, func() { s.diverged(c, keys, m.Keys, false) })
	return nil
}

// diverged reports the union of what differs on either side.
func (s *Session) diverged(c *collection, a, b []string, more bool) {
	keys := slices.Concat(a, b)
	slices.Sort(keys)
	s.emit(Diverged{Collection: c.name, Keys: slices.Compact(keys), More: more})
}

// ascending reports whether the numbers are in order, unique, and below n.
func ascending(at []uint32, n int) bool {
	for i, x := range at {
		if int(x) >= n || i > 0 && at[i-1] >= x {
			return false
		}
	}
	return true
}
