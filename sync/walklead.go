package antientropy

// startWalk leads a tree walk after roots of equal knowledge differed, unless the answer
// to an earlier one is still to come: then walkLater does.
func (s *Session) startWalk(c *collection) error {
	c.verify.giveUp()
	if c.verify.owed {
		return nil
	}
	w, err := s.newWalk(c, tagOf(c.theirs))
	if err != nil || w == nil {
		return err
	}
	w.waiting = true
	return s.send(&walk{Collection: c.name, Tag: w.tag})
}

// onNodes compares what the peer showed with the own tree and asks on.
func (s *Session) onNodes(m *nodes) error {
	c, err := s.met(m.Collection, "nodes")
	if err != nil {
		return err
	}
	w := c.verify.walk
	if c.verify.owed { // to a walk that was given up
		c.verify.owed = false
		return nil
	}
	if w == nil || !w.waiting || m.Round != w.round {
		return ends(ReasonOutOfOrder, "nodes of %s that nobody asked for", c.name)
	}
	w.waiting = false
	if m.Moved || w.final != nil {
		return s.endWalk(c, w, m)
	}
	if err := w.accept(m); err != nil {
		return err
	}
	if w.round >= uint64(s.limits.Rounds) {
		return ends(ReasonNoProgress, "tree walk of %d rounds", w.round)
	}
	return s.ask(c, w, m.Hashes)
}

// accept checks that an answer is of the expected level and form.
func (w *treewalk) accept(m *nodes) error {
	if w.round == 0 {
		if m.Level < 0 || m.Level > maxLevel || len(m.Hashes) == 0 {
			return bad("first nodes of level %d in %d bytes", m.Level, len(m.Hashes))
		}
	} else if m.Level != w.peerLevel-1 {
		return bad("nodes of level %d below level %d", m.Level, w.peerLevel)
	}
	size := hashSize(m.Level)
	if len(m.Hashes)%size != 0 {
		return bad("%d bytes of hashes of %d", len(m.Hashes), size)
	}
	w.peerLevel, w.peerCount = m.Level, len(m.Hashes)/size
	return nil
}

// ask brings both sides to the same level, compares, and asks for what is
// below what differs; below documents there is nothing left but their keys.
func (s *Session) ask(c *collection, w *treewalk, hashes []byte) error {
	for w.level > w.peerLevel {
		if err := w.descend(w.nodes); err != nil {
			return err
		}
	}
	var theirs []uint32
	if w.level < w.peerLevel { // what is here is shown later
		for i := range w.peerCount {
			theirs = append(theirs, uint32(i))
		}
	} else {
		theirs = w.compare(hashes)
	}
	w.round++
	w.waiting = true
	m := &walk{Collection: c.name, Tag: w.tag, Round: w.round}
	if w.peerLevel == documentLevel {
		w.final = []string{}
		for _, l := range w.leafs[:min(len(w.leafs), maxKeys)] {
			w.final = append(w.final, l.Key)
		}
		w.cut = w.cut || len(w.leafs) > maxKeys || len(theirs) > maxKeys
		m.Open, m.Final, m.Keys = theirs[:min(len(theirs), maxKeys)], true, w.final
		return s.send(m)
	}
	w.cut = w.cut || len(theirs) > maxOpen || len(w.nodes) > maxOpen && w.level == w.peerLevel
	m.Open = theirs[:min(len(theirs), maxOpen)]
	if w.level == w.peerLevel {
		if err := w.descend(w.nodes[:min(len(w.nodes), maxOpen)]); err != nil {
			return err
		}
	}
	return s.send(m)
}

// compare keeps of the own nodes those that the peer has no equal of, and
// returns the numbers of those of the peer that are not here. Where one side
// could not show all, only what comes before something that both have is
// compared: in key order, that is where both lists are complete.
func (w *treewalk) compare(hashes []byte) []uint32 {
	ours, size := w.hashes(), hashSize(w.level)
	mine, theirs := w.setOf(ours), w.setOf(hashes)
	upTo := w.peerCount
	if w.size() >= w.most || w.peerCount >= w.most {
		w.cut = true
		last := lastIn(ours, size, theirs)
		w.nodes, w.leafs = w.nodes[:min(last, len(w.nodes))], w.leafs[:min(last, len(w.leafs))]
		upTo = lastIn(hashes, size, mine)
	}
	var lacking []uint32
	i := 0
	for h := range eachHash(hashes, size) {
		if i < upTo && !mine[h] {
			lacking = append(lacking, uint32(i))
		}
		i++
	}
	w.keep(theirs)
	return lacking
}

func (w *treewalk) setOf(hashes []byte) map[string]bool {
	set := map[string]bool{}
	for h := range eachHash(hashes, hashSize(w.level)) {
		set[h] = true
	}
	return set
}

// lastIn is the number of the last hash that is in set, 0 if there is none.
func lastIn(hashes []byte, size int, set map[string]bool) int {
	last, i := 0, 0
	for h := range eachHash(hashes, size) {
		if set[h] {
			last = i
		}
		i++
	}
	return last
}

// endWalk reports what differs, or gives up because the peer has moved on.
func (s *Session) endWalk(c *collection, w *treewalk, m *nodes) error {
	w.release()
	c.verify.walk = nil
	if m.Moved {
		return nil
	}
	if len(m.Keys) > maxKeys {
		return bad("%d keys", len(m.Keys))
	}
	if err := checkNamed(m.Keys); err != nil {
		return err
	}
	s.diverged(c, w.final, m.Keys, w.cut)
	return nil
}
