package node

import (
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// MaxSkew is how far the clock of a peer may be from the one here before that is an
// incident: from then on timestamps of this node and its peer order concurrent changes
// by whose clock is ahead.
const MaxSkew = crdt.MaxDrag

// clock is the hybrid logical clock of a node. It belongs to the writer loop,
// so it needs no lock; its high-water mark is persisted by every commit.
type clock struct {
	hlc  crdt.HLC
	wall func() time.Time
}

// newClock goes on from the mark that the store remembers, even if the wall
// clock is behind it.
func newClock(wall func() time.Time, mark crdt.Timestamp) *clock {
	c := &clock{wall: wall}
	c.hlc.Restore(mark)
	return c
}

// next is the timestamp of one local transaction.
func (c *clock) next() crdt.Timestamp { return c.hlc.Next(c.wall()) }

// observe takes in the timestamp of a peer's document, and reports whether it
// is more than a day ahead of the wall clock here.
func (c *clock) observe(t crdt.Timestamp) (skewed bool) { return c.hlc.Observe(t, c.wall()) }

// apart says how far a clock is from the one here: "3m0s behind", "18262 days ahead of".
func apart(by time.Duration) string {
	const day = 24 * time.Hour
	where, size := "ahead of", by.Abs().Round(time.Second).String()
	if by < 0 {
		where = "behind"
	}
	if by.Abs() >= 2*day {
		size = fmt.Sprintf("%d days", (by.Abs()+day/2)/day)
	}
	return size + " " + where
}
