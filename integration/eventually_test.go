package integration

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// unhurried is the time limit of commands for which what they wait for must happen,
// however slow the machine is.
const unhurried = "30m"

// eventually polls cond until it returns nil, and returns how long that took.
// When patience ends the test fails with the last error.
func eventually(t testing.TB, cond func() error) time.Duration {
	t.Helper()
	start, limit := time.Now(), patience.End(t)
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cond()
		took := time.Since(start)
		if err == nil {
			return took
		}
		if time.Now().After(limit) {
			t.Fatalf("not after %v: %v", took.Round(time.Millisecond), err)
		}
		<-tick.C
	}
}

// converged waits until all peers print the same root for a collection that
// holds documents, and returns it.
func converged(t testing.TB, collection string, peers ...*peer) string {
	t.Helper()
	var root string
	took := eventually(t, func() error {
		roots := map[string][]string{}
		for _, p := range peers {
			s, err := p.status()
			if err != nil {
				return err
			}
			if s.documents(collection) == 0 {
				return fmt.Errorf("%s holds nothing of %s", p.name, collection)
			}
			r, err := p.root(collection)
			if err != nil {
				return err
			}
			roots[r] = append(roots[r], p.name)
			root = r
		}
		if len(roots) != 1 {
			return fmt.Errorf("%d roots of %s: %v", len(roots), collection, roots)
		}
		return nil
	})
	t.Logf("%s: one root on %d peers after %v", collection, len(peers), took.Round(time.Millisecond))
	return root
}
