package integration

import (
	"fmt"
	"testing"
	"time"
)

// patience is the deadline of conditions that take well under a second on an
// idle machine. It bounds a failing test, not a passing one.
const patience = 60 * time.Second

// eventually polls cond until it returns nil, and returns how long that took.
// When patience ends the test fails with the last error.
func eventually(t testing.TB, cond func() error) time.Duration {
	t.Helper()
	start := time.Now()
	tick := time.NewTicker(15 * time.Millisecond)
	defer tick.Stop()
	for {
		err := cond()
		took := time.Since(start)
		if err == nil {
			return took
		}
		if took > patience {
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
