package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/integration/simulate/schedule"
)

// sweep is what the flags say of schedules.
type sweep struct {
	schedules int
	first     uint64
	mode      string
	faults    string
	steps     int
}

func (s *sweep) describe(f *flag.FlagSet) {
	f.IntVar(&s.schedules, "schedules", 0, "run so many schedules, from -first on: what can go wrong, instead of what it costs")
	f.Uint64Var(&s.first, "first", 0, "of schedules: the first seed (that of -seed)")
	f.StringVar(&s.mode, "mode", string(schedule.Safety), "of schedules: safety (faults everywhere, then all converge) or liveness (a core converges while they go on elsewhere)")
	f.StringVar(&s.faults, "faults", "all", "of schedules, that may happen: names between commas, a minus takes one away; \"help\" lists them")
	f.IntVar(&s.steps, "steps", 0, "of one schedule, at most")
}

// toldEvery is how often a sweep says how far it is.
const toldEvery = 10 * time.Second

// run runs the schedules and says how far it is, and at once which fail; one alone
// tells what happens, if asked to.
func (s *sweep) run(w io.Writer, seed uint64, tell func(format string, args ...any)) error {
	debug.SetGCPercent(6400) // schedules keep little, and make much
	if s.faults == "help" {
		_, err := fmt.Fprintln(w, schedule.FaultNames())
		return err
	}
	o := schedule.Options{Seed: cmp.Or(s.first, seed), Mode: schedule.Mode(s.mode), Steps: s.steps, Tell: tell}
	if o.Mode != schedule.Safety && o.Mode != schedule.Liveness {
		return fmt.Errorf("-mode %q: it is %s or %s", s.mode, schedule.Safety, schedule.Liveness)
	}
	var err error
	if o.Faults, err = schedule.ParseFaults(s.faults); err != nil {
		return fmt.Errorf("-faults: %w", err)
	}
	began := time.Now()
	told := began
	r := schedule.Sweep(schedule.Seeds(o, s.schedules), func(r *schedule.Report, failed *schedule.Failure) {
		if failed != nil {
			fmt.Fprintf(w, "seed %d fails: %v\n", failed.Seed, failed)
		}
		if now := time.Now(); now.Sub(told) >= toldEvery && r.Behind < s.schedules {
			told = now
			took := now.Sub(began)
			left := time.Duration(float64(took) / float64(r.Done) * float64(s.schedules-r.Done))
			from := o
			from.Seed += uint64(r.Behind)
			fmt.Fprintf(w, "%d of %d in %s, %d failed, %s left; to go on from here: -schedules %d %s\n",
				r.Done, s.schedules, took.Round(time.Second), len(r.Failures), left.Round(time.Second), s.schedules-r.Behind, from)
		}
	})
	for _, what := range slices.Sorted(maps.Keys(r.Counts)) {
		fmt.Fprintf(w, "%10d %s\n", r.Counts[what], what)
	}
	fmt.Fprintf(w, "SIMULATE: %d runs, %d violations, in %s\n", r.Done, len(r.Failures), time.Since(began).Round(time.Millisecond))
	if len(r.Failures) == 0 {
		return nil
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "run it again: %s\n", f.Command())
	}
	first := r.Failures[0]
	return fmt.Errorf("%w\nwith less: %s", first, schedule.Shrunk(first.Options, 60).Command())
}
