package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// runner gives targets their turns.
type runner struct {
	*build
	options
	tally *tally

	mu     sync.Mutex
	tried  int64 // inputs in this run
	failed []target
}

// run gives each target one turn, or turns until the goal or the end of the time
// is reached.
func (r *runner) run(ctx context.Context, all []target) error {
	if r.whole > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, r.whole)
		defer stop()
	}
	for more := true; more; more = r.goal > 0 && !r.reached(all...) && ctx.Err() == nil && len(r.failed) == 0 {
		r.round(ctx, all)
	}
	fmt.Printf("FUZZ: %d runs, %d violations (%d targets)\n", r.tried, len(r.failed), len(all))
	if r.goal > 0 {
		fmt.Printf("in all, with earlier runs: %d of %d (%s)\n", r.tally.total(), r.goal, r.options.tally)
	}
	if len(r.failed) > 0 {
		return fmt.Errorf("%d targets failed", len(r.failed))
	}
	return nil
}

// round gives each target one turn, as many at a time as there are cores.
func (r *runner) round(ctx context.Context, all []target) {
	process.Each(all, func(t target) {
		if ctx.Err() == nil && !r.reached(t) {
			r.one(ctx, t)
		}
	})
}

// share is the part of the goal that each target has at least: otherwise the fast ones
// would do all of it.
const share = 1000

// reached reports whether there is a goal, as many inputs were tried, and their
// share was given to each of some targets.
func (r *runner) reached(of ...target) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.goal > 0 && r.tally.total() >= r.goal && !slices.ContainsFunc(of, func(t target) bool { return r.tally.of(t) < r.goal/share })
}

// give is one turn of a target, and how many inputs it was given.
func (r *runner) give(ctx context.Context, t target) (n int64, out string, err error) {
	turn := r.turn
	if r.mode == modeBoth {
		turn /= 2
	}
	if r.mode != modeBarrage {
		out, err = r.engine(ctx, t, turn)
		n = executions(out)
	}
	if r.mode == modeEngine || err != nil || ctx.Err() != nil {
		return n, out, err
	}
	r.mu.Lock()
	from := r.tally.of(t)
	r.mu.Unlock()
	out, err = r.barrage(ctx, t, turn, r.seed, from)
	return n + executions(out), out, err
}

// one is one turn of a target.
func (r *runner) one(ctx context.Context, t target) {
	begin := time.Now()
	n, out, err := r.give(ctx, t)
	took := time.Since(begin)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried += n
	saveErr := r.tally.add(t, n)
	if ctx.Err() != nil && !strings.Contains(out, "--- FAIL") { // interrupted
		err = nil
	}
	if err = errors.Join(err, saveErr); err != nil {
		r.failed = append(r.failed, t)
		fmt.Printf("FAILED %s: %v\n%s\nreplay: go test %s -run '^%s$'\n", t, err, out, t.pkg, t.name)
		return
	}
	so := ""
	if r.goal > 0 {
		so = fmt.Sprintf("  %d of %d", r.tally.total(), r.goal)
	}
	fmt.Printf("%12d  %7.0f/s  %s%s\n", n, float64(n)/took.Seconds(), t, so)
}
