package schedule

import (
	"flag"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	scoped = flag.Int("scoped", 200, "how many schedules TestScopes runs")
	first  = flag.Uint64("first", 1, "the first of them, and of those of TestLaws")
)

// TestScopes runs schedules in which peers leave keys, and come back to them.
func TestScopes(t *testing.T) {
	const often = 0.06
	if *seed != 0 {
		tell := t.Logf
		if !testing.Verbose() {
			tell = nil
		}
		if _, err := runScoped(*seed, often, seams{}, tell); err != nil {
			t.Fatal(err)
		}
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	var lock sync.Mutex
	total := tally{}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !t.Failed() {
				i := int(next.Add(1)) - 1
				if i >= *scoped {
					return
				}
				s := *first + uint64(i)
				counts, err := runScoped(s, often, seams{}, nil)
				lock.Lock()
				for what, n := range counts {
					total[what] += n
				}
				lock.Unlock()
				if err != nil {
					t.Errorf("%v\nreplay it: go test ./integration/simulate/schedule -run TestScopes -seed %d", err, s)
				}
			}
		})
	}
	workers.Wait()
	for _, what := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%8d %s", total[what], what)
	}
	for _, what := range []string{"scopes changed", "scopes that are not left", "documents dropped", "removals forgotten", "absences merged", "ranges forfeited",
		"documents refused", "records damaged", "scopes that are left although nobody has what they hold"} {
		if total[what] == 0 && *scoped >= 400 {
			t.Errorf("in %d schedules never: %s", *scoped, what)
		}
	}
}
