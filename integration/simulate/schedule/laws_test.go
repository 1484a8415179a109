package schedule

import (
	"bufio"
	"flag"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	schedules = flag.Int("schedules", 1500, "how many schedules TestLaws runs")
	seed      = flag.Uint64("seed", 0, "the one schedule that TestLaws runs")
)

// TestLaws runs many schedules, each on one thread. The seeds that failed once
// are always among them.
func TestLaws(t *testing.T) {
	if *seed != 0 {
		tell := t.Logf
		if !testing.Verbose() {
			tell = nil
		}
		if _, err := run(*seed, seams{}, tell); err != nil {
			t.Fatal(err)
		}
		return
	}
	seeds := failedOnce(t)
	for i := range *schedules {
		seeds = append(seeds, *first+uint64(i))
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	var lock sync.Mutex
	total := tally{}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !t.Failed() {
				i := int(next.Add(1)) - 1
				if i >= len(seeds) {
					return
				}
				counts, err := run(seeds[i], seams{}, nil)
				lock.Lock()
				for what, n := range counts {
					total[what] += n
				}
				lock.Unlock()
				if err != nil {
					t.Errorf("%v\nreplay it: go test ./integration/simulate/schedule -run 'TestLaws' -seed %d", err, seeds[i])
				}
			}
		})
	}
	workers.Wait()
	for _, what := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%8d %s", total[what], what)
	}
	for _, what := range indispensable {
		if total[what] == 0 && len(seeds) >= 1000 {
			t.Errorf("in %d schedules never: %s", len(seeds), what)
		}
	}
}

// indispensable is what schedules must meet to be worth anything.
var indispensable = []string{
	"operations", "operations lost", "removals of a document", "conflicts resolved", "frames merged", "frames skipped, at least in part",
	"frames that are part of a range", "frames without documents", "frames that bring a removal", "frames that change nothing", "frames of a session that is gone",
	"frames that meet concurrent changes", "collections known in parts", "connections cut with messages on their way", "restarts after a power cut", "restarts after a kill",
	"restarts after a stop", "restarts after a restore", "new incarnations", "ranges forfeited", "commits that failed", "commits that failed and happened", "pauses", "roots found equal", "relayed operations",
	"removals forgotten", "processes that end while they forget", "comparisons", "absences merged", "frames skipped of a peer that has forgotten more", "elements moved", "puts against an earlier version", "frames that come again with whole texts", "conflicts resolved, edited-while-removed",
}

// failedOnce reads the seeds of testdata/seeds.txt.
func failedOnce(t *testing.T) (seeds []uint64) {
	f, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, n)
	}
	return seeds
}
