package antientropy

import "slices"

// narrow learns which keys of a collection the peer wants. Where the two sides
// want different keys, what they have announced cannot be compared: they show
// what they know of the common ones. Both come to the same decision.
func (s *Session) narrow(c *collection, theirs []KeyRange) error {
	if len(c.wanted) == 0 {
		c.declined = declinedHere
		return s.send(&decline{Collection: c.name})
	}
	if c.opened == nil && s.config.Room != nil && !s.config.Room(c.name) {
		c.declined = WhyNoRoom
		return s.send(&decline{Collection: c.name, Full: true})
	}
	both := common(c.wanted, theirs)
	if len(both) == 0 {
		c.declined = declinedBoth
		if c.opened != nil {
			return nil
		}
		return s.send(&decline{Collection: c.name})
	}
	if c.opened == nil && !isWhole(c.wanted) { // else the peer would take it for whole
		if err := s.open(c); err != nil {
			return err
		}
	}
	c.within, c.narrowed = both, !slices.Equal(c.wanted, theirs)
	if c.narrowed {
		c.verify = verify{} // roots were of other keys
	}
	return nil
}

// wireRanges are ranges as open carries them.
func wireRanges(ranges []KeyRange) (out []keyRange) {
	if isWhole(ranges) {
		return nil
	}
	for _, r := range ranges {
		out = append(out, keyRange{From: r.From, To: r.To})
	}
	return out
}

// scope reads which keys the sender wants.
func (m *open) scope() ([]KeyRange, error) {
	if len(m.Ranges) == 0 {
		return everything, nil
	}
	if len(m.Ranges) > ScopeLimit {
		return nil, ends(ReasonOversized, "scope of %d ranges", len(m.Ranges))
	}
	ranges := make([]KeyRange, len(m.Ranges))
	for i, r := range m.Ranges {
		ranges[i] = KeyRange{r.From, r.To}
	}
	return ranges, checkScope(ranges)
}
