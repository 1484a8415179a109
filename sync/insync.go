package antientropy

// InSync reports whether no collection waits for anything, which is to say that
// Status shows each as in step, converged or declined. It is cheap: it looks first at
// the one that waited last, and goes on from there.
func (s *Session) InSync() bool {
	n := len(s.order)
	for i := range n {
		at := (s.waiting + i) % n
		if !s.order[at].inSync() {
			s.waiting = at
			return false
		}
	}
	return true
}

func (c *collection) inSync() bool {
	if c.declined != "" {
		return true
	}
	if compared, equal := c.verdict(); compared || !c.ready {
		return c.ready && equal
	}
	return c.inStep && c.whatIsBehind() <= 0
}
