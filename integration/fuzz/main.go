package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// How inputs are made.
const (
	modeBoth    = "both"    // half of each turn
	modeEngine  = "engine"  // by the fuzzing engine of go test, which looks for what reaches new code
	modeBarrage = "barrage" // of what is known, in the process of the target: see crdttest/barrage
)

const (
	shortTurn = time.Second      // of a target with -short
	longTurn  = 10 * time.Second // of a target with -executions, again and again
	wholeTime = 5 * time.Minute  // of all targets, if nothing else is said
)

func main() {
	o := options{}
	names := flag.String("run", "", "only targets whose package and name match this regular expression")
	flag.DurationVar(&o.whole, "for", 0, "time for all targets together, without that of building them; 0 is five minutes, or with -executions no end")
	flag.BoolVar(&o.short, "short", false, "a second for each target")
	flag.StringVar(&o.mode, "mode", "", "engine, barrage, or both in turn; by default barrage with -short and -executions, else both")
	flag.Uint64Var(&o.seed, "seed", 1, "what the inputs of a barrage are drawn from")
	executions := flag.Float64("executions", 0, "go on until so many inputs were tried, those of earlier runs included (1e8)")
	flag.StringVar(&o.tally, "tally", "", "the file that counts with -executions; by default one in the user's cache")
	flag.BoolVar(&o.minimal, "idle", false, "run at the lowest priority, as with -executions")
	flag.Parse()
	o.goal = int64(*executions)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *names, o); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names string, o options) error {
	re, err := regexp.Compile(names)
	if err != nil {
		return err
	}
	root, err := process.Root()
	if err != nil {
		return err
	}
	all, err := targets(root, re)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("no target matches %q", names)
	}
	if o, err = o.complete(len(all)); err != nil {
		return err
	}
	t, err := loadTally(o.tally)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fuzz")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	begin := time.Now()
	b, err := newBuild(ctx, root, dir, o, all)
	if err != nil {
		return err
	}
	fmt.Printf("built: %.0f s; mode %s, seed %d\n", time.Since(begin).Seconds(), o.mode, o.seed)
	return (&runner{build: b, options: o, tally: t}).run(ctx, all)
}

// options say how long, and how, targets are run.
type options struct {
	whole   time.Duration // all of them together; 0 is no end
	short   bool
	mode    string
	seed    uint64
	goal    int64  // inputs in all; 0 is none
	tally   string // where they are counted
	minimal bool   // priority

	turn time.Duration // of one target at a time
}

// complete fills in what depends on how many targets there are.
func (o options) complete(targets int) (options, error) {
	switch o.mode {
	case "":
		if o.mode = modeBoth; o.short || o.goal > 0 {
			o.mode = modeBarrage
		}
	case modeBoth, modeEngine, modeBarrage:
	default:
		return o, fmt.Errorf("mode %q is none of %s, %s, %s", o.mode, modeEngine, modeBarrage, modeBoth)
	}
	switch {
	case o.goal > 0:
		o.turn, o.minimal = longTurn, true
		if o.tally == "" {
			cache, err := os.UserCacheDir()
			if err != nil {
				return o, err
			}
			o.tally = filepath.Join(cache, "crdtstore", "fuzz.json")
		}
	case o.short:
		o.turn = shortTurn
	default:
		if o.whole == 0 {
			o.whole = wholeTime
		}
		o.turn = max(o.whole*time.Duration(runtime.GOMAXPROCS(0))/time.Duration(targets), time.Second)
		o.whole = 0 // each has one turn
	}
	return o, nil
}
