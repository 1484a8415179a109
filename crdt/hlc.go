package crdt

import (
	"strconv"
	"time"
)

// Timestamp is a hybrid logical clock reading (Kulkarni et al. 2014): the
// upper 48 bits are milliseconds since 1970 UTC, the lower 16 count events
// within one millisecond. Causality decides first; a timestamp only orders
// concurrent values, and ties end at the ReplicaID.
type Timestamp uint64

const (
	logicalBits = 16
	// MaxDrag is how far a remote timestamp may pull the local clock ahead of
	// the local wall clock.
	MaxDrag = 5 * time.Minute
	// MaxAhead is how far ahead a timestamp may be before it is counted as
	// skewed; such values merge normally.
	MaxAhead = 24 * time.Hour
)

// TimestampAt is the first reading of the millisecond that wall falls in.
// Times before 1970 read as 1970, times after the year 10889 as that year.
func TimestampAt(wall time.Time) Timestamp {
	ms := min(max(wall.UnixMilli(), 0), 1<<48-1)
	return Timestamp(ms) << logicalBits
}

// Time is the wall-clock part, in UTC, to the millisecond.
func (t Timestamp) Time() time.Time { return time.UnixMilli(int64(t >> logicalBits)).UTC() }

// String prints the wall-clock part in RFC 3339 with milliseconds, and the
// logical part after a "+" where it is not zero.
func (t Timestamp) String() string {
	s := t.Time().Format("2006-01-02T15:04:05.000Z07:00")
	if l := uint64(t & (1<<logicalBits - 1)); l > 0 {
		s += "+" + strconv.FormatUint(l, 10)
	}
	return s
}

// HLC is a hybrid logical clock. It holds no clock of its own: wall time
// comes in as an argument. The zero value is ready; a persisted high-water
// mark is given back with Restore.
type HLC struct{ last Timestamp }

// Last is the greatest reading given or accepted so far: the high-water mark
// to persist.
func (c *HLC) Last() Timestamp { return c.last }

// Restore starts the clock no earlier than a persisted high-water mark, so a
// boot with the wall clock in the past never repeats a reading.
func (c *HLC) Restore(mark Timestamp) { c.last = max(c.last, mark) }

// Next returns a reading greater than every one given or accepted before.
func (c *HLC) Next(wall time.Time) Timestamp {
	c.last = max(c.last+1, TimestampAt(wall))
	return c.last
}

// Observe accepts a remote reading, but lets it drag the clock at most
// MaxDrag beyond wall. It reports whether the reading is more than MaxAhead
// ahead of wall.
func (c *HLC) Observe(remote Timestamp, wall time.Time) (skewed bool) {
	c.last = max(c.last, min(remote, TimestampAt(wall.Add(MaxDrag))))
	return remote > TimestampAt(wall.Add(MaxAhead))
}
