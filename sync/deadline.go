package antientropy

import "time"

// Deadline is when the session wants its next Tick; a time that has passed
// means at once. It is asked after each Step. ok is false when the session has
// closed. A Tick that comes late only makes late what waits for it.
func (s *Session) Deadline() (at time.Time, ok bool) {
	if s.closed {
		return at, false
	}
	return s.clock.now.Add(time.Second), true
}
