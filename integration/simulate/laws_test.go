package simulate

import (
	"bufio"
	"flag"
	"os"
	"runtime"
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
		if err := run(*seed, seams{}, tell); err != nil {
			t.Fatal(err)
		}
		return
	}
	seeds := failedOnce(t)
	for i := range *schedules {
		seeds = append(seeds, uint64(i+1))
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for !t.Failed() {
				i := int(next.Add(1)) - 1
				if i >= len(seeds) {
					return
				}
				if err := Run(seeds[i]); err != nil {
					t.Errorf("%v\nreplay it: go test ./integration/simulate -run 'TestLaws' -seed %d", err, seeds[i])
				}
			}
		})
	}
	workers.Wait()
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
