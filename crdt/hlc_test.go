package crdt_test

import (
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"pgregory.net/rapid"
)

func TestTimestamp(t *testing.T) {
	wall := time.Date(2026, 3, 1, 12, 0, 0, 123_999_999, time.FixedZone("", 3600))
	ts := crdt.TimestampAt(wall)
	if s := ts.String(); s != "2026-03-01T11:00:00.123Z" {
		t.Error(s)
	}
	if s := (ts + 5).String(); s != "2026-03-01T11:00:00.123Z+5" {
		t.Error(s)
	}
	if crdt.TimestampAt(time.Time{}) != 0 || crdt.TimestampAt(time.UnixMilli(1<<50)) != (1<<48-1)<<16 {
		t.Error("out of bounds")
	}
}

// TestHLC draws clocks that jump, and checks what a hybrid clock promises.
func TestHLC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c crdt.HLC
		start := time.UnixMilli(1_700_000_000_000)
		last, observed := crdt.Timestamp(0), crdt.Timestamp(0)
		for range rapid.IntRange(1, 30).Draw(t, "events") {
			wall := start.Add(time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(t, "wall")))
			drag := crdt.TimestampAt(wall.Add(crdt.MaxDrag))
			switch rapid.IntRange(0, 2).Draw(t, "event") {
			case 0:
				next := c.Next(wall)
				if next <= last || next <= min(observed, last) || next < crdt.TimestampAt(wall) {
					t.Fatalf("%v follows %v at %v", next, last, wall)
				}
				last = next
			case 1:
				remote := crdt.TimestampAt(wall.Add(time.Duration(rapid.Int64Range(-2e14, 2e14).Draw(t, "remote"))))
				skewed := c.Observe(remote, wall)
				if skewed != (remote > crdt.TimestampAt(wall.Add(crdt.MaxAhead))) {
					t.Fatalf("skewed %v", skewed)
				}
				if got, most := c.Last(), max(last, drag); got > most || got < last || remote <= drag && got < remote {
					t.Fatalf("observed %v at %v: %v", remote, wall, got)
				}
				observed, last = remote, c.Last()
			default:
				mark := c.Last()
				c = crdt.HLC{}
				c.Restore(mark)
			}
			if c.Last() != last {
				t.Fatalf("the high-water mark is %v, not %v", c.Last(), last)
			}
		}
	})
}
