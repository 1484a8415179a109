package antientropy

import "time"

// Deadline is when the session wants its next Tick; a time that has passed,
// such as the zero time, means at once. It is to be asked after each Step. ok is
// false when the session has closed. A Tick that comes late only makes late what
// waits for it; one that comes early does no harm.
func (s *Session) Deadline() (at time.Time, ok bool) {
	if s.closed {
		return at, false
	}
	k := &s.clock
	switch {
	case k.now.IsZero():
		return at, true
	case s.peer == nil:
		return k.now.Add(time.Second), true
	case k.idle:
		at = k.pinged.Add(s.limits.Ping)
		if look := k.second.Add(everySecond); look.After(at) { // before, a tick would do nothing
			at = look
		}
	default:
		at = k.second.Add(time.Second)
	}
	if first, any := s.soonest(); any && first.Before(at) {
		at = first
	}
	return at, true
}
