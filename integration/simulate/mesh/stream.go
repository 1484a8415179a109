package mesh

import "time"

const (
	segment = 1400                   // bytes that travel and get lost together
	rto     = 200 * time.Millisecond // the least that a sender waits before it sends again what was lost at the end of a burst
	giveUp  = 10                     // times that a segment may be lost before the connection is
)

// message is some bytes on their way; nil is the end of the stream.
type message struct {
	bytes []byte
	depth int // so many messages in a row led to it, itself included
}

// stream is one direction of a link: messages in order, each once, at the
// pace of the line. As in TCP what gets lost is sent again, so that loss costs
// time and bytes, and holds up all that is behind it.
type stream struct {
	link   *link
	to     *end
	queued int           // bytes that are not on the line yet: the sender's outbox
	free   time.Duration // when the line has taken all that is queued
	last   time.Duration // when the last message arrives
	held   []message     // by a partition
	shut   bool          // nothing more is sent
}

// send puts a message at the end.
func (s *stream) send(m message) {
	if s.shut {
		return
	}
	s.shut = m.bytes == nil
	w := s.link.w
	size := len(m.bytes)
	s.queued += size
	s.free = max(s.free, w.now) + time.Duration(size)*time.Second/time.Duration(w.o.Bandwidth)
	late, broken := s.lose(size)
	if broken {
		w.tell("%s: a segment was lost %d times", s.link, giveUp)
		w.after(s.free+late-w.now, func() { s.link.drop(reasonLost) })
		return
	}
	s.last = max(s.last, s.free+s.link.delay+late)
	from := s.link.ends[1-s.to.side]
	w.after(s.free-w.now, func() {
		s.queued -= size
		from.drained()
	})
	w.after(s.last-w.now, func() { s.arrive(m) })
}

// lose decides which segments of a message get lost how often, and how much
// later it arrives.
func (s *stream) lose(size int) (late time.Duration, broken bool) {
	w := s.link.w
	if w.o.Loss == 0 {
		return 0, false
	}
	segments := (size + segment - 1) / segment
	for i := range segments {
		wait, again := rto+2*s.link.delay, 0
		if i+3 < segments { // those behind it tell the sender
			wait = 2 * s.link.delay
		}
		var behind time.Duration
		for w.rng.Float64() < w.o.Loss {
			if again++; again > giveUp {
				return behind, true
			}
			behind += wait
			wait = 2 * max(wait, rto)
		}
		w.cost.Again += int64(again * min(segment, size))
		late = max(late, behind)
	}
	return late, false
}

// arrive hands a message over, or holds it while nothing gets through.
func (s *stream) arrive(m message) {
	switch {
	case s.link.over:
	case s.link.stalled:
		s.held = append(s.held, m)
	default:
		s.to.arrived(m)
	}
}

// release hands over what was held.
func (s *stream) release() {
	held := s.held
	s.held = nil
	for _, m := range held {
		s.arrive(m)
	}
}
