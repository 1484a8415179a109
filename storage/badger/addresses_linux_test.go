package badger

import (
	"os"
	"testing"
)

// TestTake: addresses are not given out twice before all others were.
func TestTake(t *testing.T) {
	page := uintptr(os.Getpagesize())
	a := newAddresses([2]uint64{1 << 36, 1<<36 + 1<<26})
	if !a.has(a.next) || a.next%page != 0 {
		t.Fatalf("begins at %x", a.next)
	}
	type piece struct{ from, to uintptr }
	var lap []piece
	laps, last := 0, a.next
	for i := uintptr(0); laps < 3; i++ {
		length := 1 + i*7919%(3<<20)
		at := a.take(length)
		if at < a.from || at+length > a.to || at%page != 0 {
			t.Fatalf("%x for %d bytes", at, length)
		}
		if at < last {
			laps, lap = laps+1, nil
		}
		last = at
		for _, p := range lap {
			if at < p.to && p.from < at+length {
				t.Fatalf("%x for %d bytes: %x to %x are taken", at, length, p.from, p.to)
			}
		}
		lap = append(lap, piece{at, at + length})
	}
	if at := a.take(1<<26 + 1); at != 0 {
		t.Errorf("%x for more than there is", at)
	}
}

// TestTakeNowhere: where nothing is known of the address space, the system
// chooses.
func TestTakeNowhere(t *testing.T) {
	a := newAddresses([2]uint64{})
	if at := a.take(1); at != 0 || a.has(0) || a.has(1) {
		t.Errorf("%x", at)
	}
}
