package main

import (
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
	mode      string
	faults    string
	steps     int
}

func (s *sweep) describe(f *flag.FlagSet) {
	f.IntVar(&s.schedules, "schedules", 0, "run so many schedules, from -seed on: what can go wrong, instead of what it costs")
	f.StringVar(&s.mode, "mode", string(schedule.Safety), "of schedules: safety (faults everywhere, then all converge) or liveness (a core converges while they go on elsewhere)")
	f.StringVar(&s.faults, "faults", "all", "of schedules, that may happen: names between commas, a minus takes one away; \"help\" lists them")
	f.IntVar(&s.steps, "steps", 0, "of one schedule, at most")
}

// run runs the schedules and says how far it is; one alone tells what happens, if asked to.
func (s *sweep) run(w io.Writer, seed uint64, tell func(format string, args ...any)) error {
	debug.SetGCPercent(800) // schedules keep little
	if s.faults == "help" {
		_, err := fmt.Fprintln(w, schedule.FaultNames())
		return err
	}
	o := schedule.Options{Seed: seed, Mode: schedule.Mode(s.mode), Steps: s.steps, Tell: tell}
	if o.Mode != schedule.Safety && o.Mode != schedule.Liveness {
		return fmt.Errorf("-mode %q: it is %s or %s", s.mode, schedule.Safety, schedule.Liveness)
	}
	var err error
	if o.Faults, err = schedule.ParseFaults(s.faults); err != nil {
		return fmt.Errorf("-faults: %w", err)
	}
	began, told := time.Now(), time.Now()
	counts, failure := schedule.Sweep(schedule.Seeds(o, s.schedules), func(done int) {
		if now := time.Now(); now.Sub(told) >= 10*time.Second {
			told = now
			at := o
			at.Seed += uint64(max(0, done-64)) // some that began earlier may still run
			fmt.Fprintf(w, "%d of %d in %s; to go on from here: -schedules %d %s\n", done, s.schedules, now.Sub(began).Round(time.Second), s.schedules-max(0, done-64), at)
		}
	})
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(w, "%10d %s\n", counts[what], what)
	}
	if failure == nil {
		_, err := fmt.Fprintf(w, "%d schedules hold, in %s\n", s.schedules, time.Since(began).Round(time.Millisecond))
		return err
	}
	less := schedule.Shrunk(failure.Options, 60)
	return fmt.Errorf("%w\nwith less: %s", failure, less.Command())
}
