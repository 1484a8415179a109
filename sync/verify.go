package antientropy

import "time"

// verify is where a collection stands with proving that equal knowledge means
// equal content (Law E).
type verify struct {
	mine, theirs shownRoot
	sent         tag  // of the root last told to the peer
	told         bool // sent is valid
	hashing      bool // the owner was asked to hash
	judged       tag  // roots at this tag have been compared
	equal        bool // and they were the same
	compared     bool // judged is valid
	walk         *treewalk
	owed         bool          // leading: the answer to a walk that was given up is still to come
	alarmed      time.Time     // when the peer last said that documents differ; zero: never
	again        time.Time     // leading: when the trees that differ are walked again; zero: not yet decided
	patience     time.Duration // leading: between the last two walks
}

// While roots of the same knowledge differ the trees are walked again: what one walk has
// found may have come to nothing, since whoever had to ask was not told so soon after the
// last time, or the answer came when both had moved on, and no change has to follow that
// would make roots new. Each time it takes twice as long, up to an hour.
const (
	walkAgain = 2 * alarmEvery
	mostWalk  = time.Hour
)

// walkLater walks trees again that still differ.
func (s *Session) walkLater(c *collection) error {
	w, now := &c.verify, s.clock.now
	compared, equal := c.verdict()
	if !s.config.Initiator || !compared || equal {
		w.again, w.patience = time.Time{}, 0
		return nil
	}
	if w.again.IsZero() || w.patience == 0 { // 0 also of a walk that was given up while nothing was in step
		w.patience = walkAgain
		w.again = now.Add(w.patience)
	}
	if w.walk != nil || w.owed || now.Before(w.again) {
		return nil
	}
	w.patience = min(2*w.patience, mostWalk)
	w.again = now.Add(w.patience)
	return s.startWalk(c)
}

// shownRoot is a root, and of which knowledge.
type shownRoot struct {
	tag   tag
	root  [32]byte
	valid bool
}

// alarmEvery is how often the word of the peer that documents differ is passed on.
const alarmEvery = 10 * time.Second

// alarm reports what the peer has found to differ, unless it has just done so.
func (s *Session) alarm(c *collection, report func()) {
	if w := &c.verify; w.alarmed.IsZero() || s.clock.now.Sub(w.alarmed) >= alarmEvery {
		w.alarmed = s.clock.now
		report()
	}
}

// settle notes when both sides have come to know the same, and compares the
// roots that are already there.
func (s *Session) settle(c *collection) error {
	if !c.settled() {
		c.inStep = false
		return nil
	}
	if c.inStep {
		return nil
	}
	c.inStep, c.live = true, true
	c.ahead, c.behind = 0, 0
	s.far(c, 0)
	s.feed(c, false)
	if c.told > 0 { // it has come from elsewhere what was counted
		c.told = 0
		if err := s.send(&count{Collection: c.name}); err != nil {
			return err
		}
	}
	s.emit(InStep{c.name})
	return s.judge(c)
}

// verify shows the root of a collection that is in step; when the tree is not
// hashed yet, that is asked for first.
func (s *Session) verify(c *collection) error {
	if !c.settled() || c.verify.hashing {
		return nil
	}
	w := &c.verify
	if now := tagOf(c.theirs); w.told && w.sent == now && w.mine.valid && w.mine.tag == now {
		return nil // shown; now it is the peer's turn
	}
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	if !v.Knowledge().Equal(c.theirs) {
		return nil // it has moved on; Changed will say so
	}
	r, ok, err := v.Root()
	if err != nil {
		return failed("root of "+c.name, err)
	}
	if !ok {
		w.hashing = true
		s.emit(Hash{c.name})
		return nil
	}
	w.mine = shownRoot{tagOf(c.theirs), r, true}
	if !w.told || w.sent != w.mine.tag {
		w.told, w.sent = true, w.mine.tag
		if err := s.send(&root{Collection: c.name, Tag: w.mine.tag, Root: r}); err != nil {
			return err
		}
	}
	return s.judge(c)
}

func (s *Session) hashed(name string) error {
	c := s.collections[name]
	if c == nil || !c.verify.hashing {
		return nil
	}
	s.touch(c)
	c.rehashed()
	c.quiet = false // if it moved on in the meantime, ask again after a quiet tick
	return s.verifyHashed(c)
}

// verifyHashed is verify, but does not ask to hash again at once.
func (s *Session) verifyHashed(c *collection) error {
	c.verify.hashing = false
	before := len(s.out)
	if err := s.verify(c); err != nil {
		return err
	}
	if c.verify.hashing {
		c.verify.hashing = false
		s.out = s.out[:before]
	}
	return nil
}

// onRoot remembers the peer's root, and answers with the own one when both
// know the same.
func (s *Session) onRoot(m *root) error {
	c, err := s.met(m.Collection, "root")
	if err != nil {
		return err
	}
	c.verify.theirs = shownRoot{m.Tag, m.Root, true}
	if c.verify.mine.valid && c.verify.mine.tag == m.Tag {
		return s.judge(c)
	}
	if c.settled() && tagOf(c.theirs) == m.Tag {
		return s.verify(c)
	}
	return nil
}

// judge compares two roots of the same knowledge.
func (s *Session) judge(c *collection) error {
	w := &c.verify
	if !w.mine.valid || !w.theirs.valid || w.mine.tag != w.theirs.tag || w.compared && w.judged == w.mine.tag {
		return nil
	}
	w.compared, w.judged, w.equal = true, w.mine.tag, w.mine.root == w.theirs.root
	if w.equal {
		s.emit(Converged{c.name, w.mine.root})
		return nil
	}
	s.emit(Incident{Collection: c.name, Mine: w.mine.root, Theirs: w.theirs.root})
	if s.config.Initiator {
		return s.startWalk(c)
	}
	return nil
}

// verdict reports whether the roots of the present knowledge were compared,
// and how that went.
func (c *collection) verdict() (compared, equal bool) {
	w := &c.verify
	return c.inStep && w.compared && w.judged == tagOf(c.theirs), w.equal
}
