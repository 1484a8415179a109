package memory

import "time"

// line is one direction of a link as a wire: messages leave one after the
// other, at the Hub's bandwidth.
type line struct {
	free time.Time // when all that was put on it will have left
	rate int64     // bytes per second at which the last of it leaves
}

// SetBandwidth makes each direction of each connection carry, from now on, at
// most so many bytes per second; 0, which is how a Hub begins, is without
// limit. A message arrives when its last byte has left, and the latency after
// that.
func (h *Hub) SetBandwidth(bytesPerSecond int) { h.rate.Store(int64(max(0, bytesPerSecond))) }

// Carried is how many bytes of messages have been put on all lines since the
// Hub was made. What a connection that broke had not yet got onto its line does
// not count, what was lost on the way does.
func (h *Hub) Carried() int64 { return h.carried.Load() }

// carry puts n bytes behind what is on the line, and tells when the last of
// them has left.
func (l *line) carry(now time.Time, n int, rate int64) (left time.Time) {
	if l.free.Before(now) {
		l.free = now
	}
	if rate > 0 {
		l.rate = rate
		l.free = l.free.Add(time.Duration(float64(n) / float64(rate) * float64(time.Second)))
	}
	return l.free
}

// unsent is how many of the bytes put on the line have not left.
func (l *line) unsent(now time.Time) int64 {
	return int64(max(0, l.free.Sub(now).Seconds()) * float64(l.rate))
}
