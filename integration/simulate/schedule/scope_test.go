package schedule

import (
	"flag"
	"testing"
)

var (
	scoped = flag.Int("scoped", 100, "how many schedules TestScopes runs")
	first  = flag.Uint64("first", 1, "the first of them, and of those of TestLaws")
)

// TestScopes runs schedules in which peers leave keys, and come back to them, with few
// other nemeses.
func TestScopes(t *testing.T) {
	const often = 0.06
	o := Options{Seed: *first, Faults: classic | Scope | Spoil, scoping: often}
	total := sweep(t, Seeds(o, *scoped))
	for _, what := range []string{"scopes changed", "scopes that are not left", "documents dropped", "removals forgotten", "absences merged", "ranges forfeited",
		"documents refused", "records damaged", "scopes that are left although nobody has what they hold"} {
		if total[what] == 0 && *scoped >= 400 {
			t.Errorf("in %d schedules never: %s", *scoped, what)
		}
	}
}
