package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/integration/process"
)

// TestTargets finds targets of the tree that it is in.
func TestTargets(t *testing.T) {
	root, err := process.Root()
	if err != nil {
		t.Fatal(err)
	}
	all, err := targets(root, regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []target{{"./crdt", "FuzzDecode"}, {"./sync", "FuzzSession"}, {"./storage/archive", "FuzzReader"}} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not among %d targets", want, len(all))
		}
	}
	if some, err := targets(root, regexp.MustCompile("^./crdt FuzzMerge$")); err != nil || len(some) != 1 {
		t.Errorf("%v, %v", some, err)
	}
}

// TestExecutions reads what a target prints.
func TestExecutions(t *testing.T) {
	const out = "fuzz: elapsed: 0s, execs: 0 (0/sec), new interesting: 0 (total: 5)\nfuzz: elapsed: 3s, execs: 123456 (41152/sec), new interesting: 1 (total: 6)\nPASS\n"
	if n := executions(out); n != 123456 {
		t.Errorf("%d executions", n)
	}
	if n := executions("barrage: execs: 17\nbarrage: execs: 40000\nPASS\n"); n != 40000 {
		t.Errorf("%d executions of a barrage", n)
	}
	if n := executions("FAIL"); n != 0 {
		t.Errorf("%d executions", n)
	}
}

// TestTally goes on where the run before broke off.
func TestTally(t *testing.T) {
	file := filepath.Join(t.TempDir(), "below", "tally.json")
	for run := range int64(3) {
		c, err := loadTally(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.total() != run*7 {
			t.Errorf("%d before run %d", c.total(), run)
		}
		for name, n := range map[string]int64{"FuzzA": 3, "FuzzB": 4} {
			if err := c.add(target{"./x", name}, n); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestReached: the goal is reached when each target has its share of it.
func TestReached(t *testing.T) {
	slow, fast := target{"./x", "FuzzSlow"}, target{"./x", "FuzzFast"}
	r := &runner{options: options{goal: 10_000}, tally: &tally{tried: map[string]int64{slow.String(): 9, fast.String(): 9_000}}}
	if r.reached(fast) {
		t.Error("9,009 are 10,000")
	}
	r.tally.tried[fast.String()] = 20_000
	if !r.reached(fast) || r.reached(slow, fast) {
		t.Error("the slow one has 9 of its 10")
	}
	r.tally.tried[slow.String()]++
	if !r.reached(slow, fast) {
		t.Error("both have their share")
	}
}

// TestComplete: what is not said depends on the number of targets.
func TestComplete(t *testing.T) {
	for _, c := range []struct {
		given       options
		turn, whole bool // at least a second; bounded
		minimal     bool
		mode        string
	}{
		{options{}, true, false, false, modeBoth},
		{options{mode: modeEngine}, true, false, false, modeEngine},
		{options{short: true}, true, false, false, modeBarrage},
		{options{goal: 1e8, tally: "x"}, true, false, true, modeBarrage},
		{options{goal: 1e8, tally: "x", whole: 1}, true, true, true, modeBarrage},
	} {
		o, err := c.given.complete(1000)
		if err != nil || o.turn < 1e9 != !c.turn || o.whole > 0 != c.whole || o.minimal != c.minimal || o.mode != c.mode {
			t.Errorf("%+v became %+v, %v", c.given, o, err)
		}
	}
	if o, err := (options{mode: "none"}).complete(1); err == nil {
		t.Errorf("a mode that there is not: %+v", o)
	}
}

// TestLate tells the end of the time from a failure.
func TestLate(t *testing.T) {
	for out, want := range map[string]bool{
		"fuzz: elapsed: 2s, execs: 9 (4/sec)\n--- FAIL: FuzzX (2.08s)\n    context deadline exceeded\nFAIL\n":                            true,
		"--- FAIL: FuzzX (2.08s)\n    --- FAIL: FuzzX (0.00s)\n        x_test.go:9: wrong\n    \n    Failing input written to x\nFAIL\n": false,
		"--- FAIL: FuzzX (2.08s)\n    x_test.go:9: context deadline exceeded, and more\nFAIL\n":                                          false,
		"panic: context deadline exceeded\n": false,
		"PASS\n":                             false,
	} {
		if late(out) != want {
			t.Errorf("%q: %v", out, !want)
		}
	}
}
