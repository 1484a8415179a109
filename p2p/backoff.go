package p2p

import "time"

// Backoff says how long to wait before the next attempt. It is a value: it
// reads no clock and no random source, so its whole course can be tested. The
// zero value waits from 1 s to 5 min.
type Backoff struct {
	Min time.Duration // after the first failure; 0 means 1 s
	Max time.Duration // never longer, jitter apart; 0 means 5 min
}

// Least is the wait after a first failure, jitter apart.
func (b Backoff) Least() time.Duration {
	if b.Min <= 0 {
		return time.Second
	}
	return b.Min
}

// Refusal is the Backoff of peers that failed the proof or misbehaved.
var Refusal = Backoff{Min: time.Minute, Max: 24 * time.Hour}

// Delay is the wait after that many failures in a row: Min after the first,
// twice as long after each further one, at most Max; then spread by jitter,
// which is in [0, 1): from ¾ to 1¼ of it, so that peers that failed together
// do not come back together. It never overflows.
func (b Backoff) Delay(failures int, jitter float64) time.Duration {
	d, limit := b.Least(), b.Max
	if limit <= 0 {
		limit = 5 * time.Minute
	}
	for i := 1; i < failures && d < limit; i++ {
		if d > limit/2 {
			d = limit
			break
		}
		d *= 2
	}
	d = min(d, limit)
	return d - d/4 + time.Duration(float64(d/2)*jitter)
}
