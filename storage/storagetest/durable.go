package storagetest

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// Stop is a way in which a process ends.
type Stop int

const (
	// Closed is an orderly Close.
	Closed Stop = iota
	// Killed ends the process between two instructions: what was committed
	// stays.
	Killed
	// PowerCut ends the whole machine: what was synced stays.
	PowerCut
)

// String names the Stop.
func (s Stop) String() string { return [...]string{"Closed", "Killed", "PowerCut"}[s] }

// RunDurable tests what a store holds after each of the stops. open returns a
// new, empty store; reopen stops it in the given way and returns what a new
// process would open.
func RunDurable(t *testing.T, open func(testing.TB) storage.Store,
	reopen func(testing.TB, storage.Store, Stop) storage.Store, stops ...Stop,
) {
	for _, stop := range stops {
		t.Run(stop.String(), func(t *testing.T) {
			s := open(t)
			for round := range 3 {
				s = testStop(t, s, reopen, stop, round)
			}
			if err := s.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
}

// testStop writes transactions of several keys, some synced and some not,
// stops, and checks that a prefix of them is there, each whole, at least up
// to what must be.
func testStop(t *testing.T, s storage.Store,
	reopen func(testing.TB, storage.Store, Stop) storage.Store, stop Stop, round int,
) storage.Store {
	const transactions, synced, width = 60, 40, 5
	key := func(tx, i int) string { return fmt.Sprintf("round %d tx %02d key %d", round, tx, i) }
	for n := range transactions {
		pairs := []string{"last", fmt.Sprint(n)}
		for i := range width {
			pairs = append(pairs, key(n, i), fmt.Sprint(n*i))
		}
		put(t, s, pairs...)
		if n == synced-1 {
			if err := s.Sync(); err != nil {
				t.Fatalf("Sync: %v", err)
			}
		}
	}
	s = reopen(t, s, stop)
	must := transactions
	if stop == PowerCut {
		must = synced
	}
	view(t, s, func(r storage.Reader) {
		here := 0
		for n := range transactions {
			found := 0
			for i := range width {
				if v, err := r.Get([]byte(key(n, i))); err == nil && string(v) == fmt.Sprint(n*i) {
					found++
				}
			}
			switch {
			case found == width && here == n:
				here++
			case found != 0:
				t.Errorf("of transaction %d, after %d whole ones, %d of %d keys are there", n, here, found, width)
			}
		}
		if here < must {
			t.Errorf("%d transactions are there, want at least %d", here, must)
		}
		wantValue(t, r, "last", fmt.Append(nil, here-1))
	})
	return s
}
