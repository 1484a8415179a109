package schedule

import (
	"bufio"
	"flag"
	"iter"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	schedules = flag.Int("schedules", 600, "how many schedules TestLaws runs; a sixth as many again in the mode of liveness")
	seed      = flag.Uint64("seed", 0, "the one schedule that TestLaws runs")
	faults    = flag.String("faults", "all", "that may happen in it")
	mode      = flag.String("mode", string(Safety), "what it has to show: safety or liveness")
)

// TestMain lets garbage wait longer: schedules keep little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}

// TestLaws runs many schedules, each on one thread. The seeds that failed once
// are always among them.
func TestLaws(t *testing.T) {
	f, err := ParseFaults(*faults)
	if err != nil {
		t.Fatal(err)
	}
	if *seed != 0 {
		o := Options{Seed: *seed, Faults: f, Mode: Mode(*mode)}
		if testing.Verbose() {
			o.Tell = t.Logf
		}
		if _, err := Run(o); err != nil {
			t.Fatal(err)
		}
		return
	}
	all := []iter.Seq[Options]{slices.Values(failedOnce(t)), Seeds(Options{Seed: *first, Faults: f, Mode: Mode(*mode)}, *schedules)}
	if Mode(*mode) == Safety {
		all = append(all, Seeds(Options{Seed: *first, Faults: f, Mode: Liveness}, *schedules/6))
	}
	total := sweep(t, all...)
	for _, what := range slices.Sorted(maps.Keys(total)) {
		t.Logf("%8d %s", total[what], what)
	}
	for _, what := range indispensable {
		if total[what] == 0 && *schedules >= 1000 && f == All {
			t.Errorf("in %d schedules never: %s", *schedules, what)
		}
	}
}

// sweep runs schedules, those of each list after those of the one before; all that
// fail are told. It ends the test if any did.
func sweep(t *testing.T, lists ...iter.Seq[Options]) Counts {
	t.Helper()
	r := Sweep(func(yield func(Options) bool) {
		for _, l := range lists {
			for o := range l {
				if !yield(o) {
					return
				}
			}
		}
	}, nil)
	for _, f := range r.Failures {
		t.Error(f)
	}
	if t.Failed() {
		t.FailNow()
	}
	return r.Counts
}

// indispensable is what schedules must meet to be worth anything.
var indispensable = []string{
	"operations", "operations lost", "removals of a document", "conflicts resolved", "frames merged", "frames skipped, at least in part",
	"frames that are part of a range", "frames without documents", "frames that bring a removal", "frames that change nothing", "frames of a session that is gone",
	"frames that meet concurrent changes", "collections known in parts", "connections cut with messages on their way", "restarts after a power cut", "restarts after a kill",
	"restarts after a stop", "restarts after a restore", "new incarnations", "ranges forfeited", "commits that failed", "commits that failed and happened", "pauses", "roots found equal", "relayed operations",
	"removals forgotten", "processes that end while they forget", "comparisons", "absences merged", "frames skipped of a peer that has forgotten more", "elements moved", "puts against an earlier version", "frames that come again with whole texts", "conflicts resolved, edited-while-removed",
	"messages lost", "messages doubled", "messages out of order", "sessions ended for messages lost", "links that wait", "links cut one way", "power cuts that leave a part", "disks full", "writes refused for want of room",
	"frames refused for want of room", "clocks that jump", "peers away for 400 days", "copies that know it", "copies that do not know it", "copies that hear of each other", "restarts after a rollback",
	"backups that came back unnoticed", "copies and rollbacks noticed", "rot: a record changes", "rot: a record is lost", "rot: an entry of the index is lost", "rot: an earlier record is back",
	"rot: a node of the tree changes", "damage met", "scrubs", "documents that went back", "contents that differ", "documents repaired", "messages of the next version", "documents of the next version", "lies",
	"documents marked", "documents written by two copies", "documents refused", "scopes changed", "documents dropped", "cores that lived",
}

// failedOnce reads the schedules of testdata/seeds.txt.
func failedOnce(t *testing.T) (all []Options) {
	f, err := os.Open("testdata/seeds.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if len(words) != 3 {
			t.Fatalf("%q: want a seed, a mode and faults", text)
		}
		o := Options{Mode: Mode(words[1])}
		if o.Seed, err = strconv.ParseUint(words[0], 10, 64); err != nil {
			t.Fatal(err)
		}
		if o.Faults, err = ParseFaults(words[2]); err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	return all
}
