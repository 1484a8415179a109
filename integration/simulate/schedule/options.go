package schedule

import (
	"cmp"
	"fmt"
)

// Mode says what a schedule has to show.
type Mode string

// The modes.
const (
	// Safety: faults happen everywhere, then they stop, and all converge.
	Safety Mode = "safety"
	// Liveness: some peers, which are connected and whole, come to know what any of
	// them knows within Patience rounds, while faults go on everywhere else.
	Liveness Mode = "liveness"
)

// Options describe a schedule. The zero value of all but Seed and Faults works.
type Options struct {
	Seed   uint64
	Mode   Mode   // Safety
	Faults Faults // that may happen
	Steps  int    // at most so many; 0: as many as the seed says
	Tell   func(format string, args ...any)

	scoping float64 // how often scopes are changed at least, of all steps
}

// String is what has to be said to run the same schedule again.
func (o Options) String() string {
	s := fmt.Sprintf("-seed %d", o.Seed)
	if m := cmp.Or(o.Mode, Safety); m != Safety {
		s += " -mode " + string(m)
	}
	if o.Faults != All {
		s += " -faults " + o.Faults.String()
	}
	if o.Steps > 0 {
		s += fmt.Sprintf(" -steps %d", o.Steps)
	}
	return s
}

// Command is the one command that runs the schedule again.
func (o Options) Command() string { return "go run ./integration/simulate -schedules 1 " + o.String() }

// Counts tell how often what happened.
type Counts map[string]int

// Run runs one schedule. A nil error means that every check held after every
// step.
func Run(o Options) (Counts, error) { return run(o, seams{}) }

// Shrunk is a schedule that fails too, of fewer faults and steps; it runs the
// schedule at most so many times. What fails may be something else.
func Shrunk(o Options, times int) Options {
	fails := func(o Options) bool {
		times--
		_, err := Run(o)
		return err != nil
	}
	for _, f := range o.Faults.Each() {
		less := o
		if less.Faults &^= f; times > 0 && fails(less) {
			o = less
		}
	}
	for _, steps := range []int{20, 40, 60, 80, 100, 130} {
		less := o
		if less.Steps = steps; times > 0 && fails(less) {
			return less
		}
	}
	return o
}
