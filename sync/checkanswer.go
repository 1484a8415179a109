package antientropy

import (
	"maps"
	"slices"
)

// onCheck compares a run of documents of the peer with those that are here.
func (s *Session) onCheck(m *check) error {
	c, err := s.met(m.Collection, "check")
	if err != nil {
		return err
	}
	if s.config.Initiator {
		return ends(ReasonOutOfOrder, "check of %s from the side that answers", c.name)
	}
	if err := checkEnds(m.From, m.To); err != nil {
		return err
	}
	if err := m.unpack(&s.hear.names, s.hear.vectors(c.name)); err != nil {
		return err
	}
	if !inside(c.within, m.From, m.To) {
		return bad("check %s of keys from %q to %q", c.name, m.From, m.To)
	}
	size := len(m.Body) + len(m.Documents) + len(m.Newer)
	return s.whenRoom(debt{c, kindCheck, size, func() error { return s.answerCheck(c, m) }}, false)
}

func (s *Session) answerCheck(c *collection, m *check) error {
	v, err := s.view(c.name)
	if err != nil {
		return err
	}
	defer v.Close()
	answer, err := s.compareRun(v, m)
	if err != nil {
		return err
	}
	c.runs.found = len(answer.Differ)+len(answer.Missing) > 0
	return s.send(answer)
}

// compareRun finds the documents of a run that differ here: each has to be the
// same when the peer has seen the heads that it has here, and this side has
// seen those that it has there, which is so unless it was marked newer. Where a
// side shows no document at all it may have forgotten a removal; then nothing
// is said, unless the other one has seen all that it has forgotten.
func (s *Session) compareRun(v View, m *check) (*checked, error) {
	shown, newer := map[string]string{}, map[string]bool{}
	for pair := range eachHash(m.Documents, 2*checkHash) {
		shown[pair[:checkHash]] = pair[checkHash:]
	}
	for hash := range eachHash(m.Newer, checkHash) {
		newer[hash] = true
	}
	docs, end, err := s.documents(v, m.From, m.To, 4*checkDocuments)
	if err != nil {
		return nil, err
	}
	answer := &checked{Collection: m.Collection}
	known := v.Knowledge()
	for _, d := range docs {
		hash := s.checkKey(d.key)
		content, there := shown[hash]
		delete(shown, hash)
		switch {
		case newer[hash] || !covered(m.vector, d.heads):
			continue
		case there && d.live && content == s.checkContent(d.key, d.digest), !there && !d.live:
			continue
		case !there && !known.At(d.key).Covers(m.forgotten):
			continue
		}
		one := checkedDocument{Key: d.key}
		if d.live {
			one.Digest = slices.Clone(d.digest[:])
		}
		if answer.Differ = append(answer.Differ, one); len(answer.Differ) == checkKeys {
			return answer, nil
		}
	}
	forgotten, err := forgottenIn(v, m.From, m.To)
	if err != nil || end != m.To || !m.vector.Covers(forgotten) {
		return answer, err
	}
	for _, hash := range slices.Sorted(maps.Keys(shown)) {
		answer.Missing = append(answer.Missing, hash...)
	}
	return answer, nil
}

// onFound reports what the peer has found to differ after an answer that named
// differences.
func (s *Session) onFound(m *found) error {
	c, err := s.met(m.Collection, "found")
	if err != nil {
		return err
	}
	if !c.runs.found {
		return ends(ReasonOutOfOrder, "differences in %s that were not named here", c.name)
	}
	c.runs.found = false
	if len(m.Keys) == 0 || len(m.Keys) > checkKeys || !slices.IsSorted(m.Keys) {
		return bad("%d documents that differ", len(m.Keys))
	}
	if err := checkNamed(m.Keys); err != nil {
		return err
	}
	s.alarm(c, func() { s.differs(c, m.Keys) })
	return nil
}
