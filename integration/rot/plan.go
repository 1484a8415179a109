package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
)

// noted is a run in the log.
type noted struct {
	Seed      int64  `json:"seed"`
	Outcome   string `json:"outcome"` // kind of file, and what became of it
	Lost      int    `json:"lost,omitempty"`
	Violation string `json:"violation,omitempty"`
}

// tally is what has become of the runs so far.
type tally struct {
	out  io.Writer
	plan plan
	log  *os.File // nil if there is none

	mu         sync.Mutex
	done       map[int64]bool
	outcomes   map[string]int
	lost       int // writes that nobody else had
	violations int
	began      time.Time
	err        error // the log cannot be written
}

// run carries out the runs that are not in the log, and counts the violations of
// all.
func (p plan) run(out io.Writer) (violations int, err error) {
	p.seed += p.first
	fmt.Fprintf(out, "rot: seed %d\n", p.seed)
	t := &tally{out: out, plan: p, done: map[int64]bool{}, outcomes: map[string]int{}, began: time.Now()}
	if err := t.open(); err != nil {
		return 0, err
	}
	b, err := newBench(p.only)
	if err != nil {
		return 0, err
	}
	defer b.close()
	seeds := make(chan int64)
	var jobs sync.WaitGroup
	for i := range max(1, p.jobs) {
		place, err := b.place(i)
		if err != nil {
			return 0, err
		}
		jobs.Go(func() { t.job(place, seeds) })
	}
	for i := range p.n {
		if p.limit > 0 && time.Since(t.began) > p.limit {
			break
		}
		if s := p.seed + int64(i); !t.has(s) {
			seeds <- s
		}
	}
	close(seeds)
	jobs.Wait()
	if t.log != nil {
		t.err = errors.Join(t.err, t.log.Close())
	}
	t.summary(time.Since(t.began))
	return t.violations, t.err
}

// open reads the log and goes on with it.
func (t *tally) open() error {
	if t.plan.log == "" {
		return nil
	}
	f, err := os.Open(t.plan.log)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var n noted
			if json.Unmarshal(lines.Bytes(), &n) != nil || n.Seed < t.plan.seed || n.Seed >= t.plan.seed+int64(t.plan.n) {
				continue // cut off by a stop, or of another plan
			}
			t.count(n)
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return err
		}
	}
	t.log, err = os.OpenFile(t.plan.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

func (t *tally) has(seed int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.done[seed]
}

// count adds a run to the tally.
func (t *tally) count(n noted) {
	t.done[n.Seed] = true
	t.outcomes[n.Outcome]++
	t.lost += n.Lost
	if n.Violation != "" {
		t.violations++
	}
}

// job carries out runs at a place of its own. What could not be carried out to its end is a violation too.
func (t *tally) job(place *bench, seeds <-chan int64) {
	for s := range seeds {
		r, err := place.run(s)
		if err != nil {
			r.fail(err.Error())
		}
		t.note(s, r)
	}
}

// step is after how many runs it is said how far it has got.
const step = 100

// note tells of a run that is done.
func (t *tally) note(seed int64, r result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := noted{seed, r.file.kind + " " + r.outcome, len(r.lost), r.violation}
	t.count(n)
	if t.plan.verbose {
		fmt.Fprintf(t.out, "%d: %s\n", seed, r)
	}
	if r.violation != "" {
		fmt.Fprintf(t.out, "VIOLATION: %s: %s\n  replay: go run ./integration/rot -n 1 -v -seed %d\n", r, r.violation, seed)
	}
	if len(t.done)%step == 0 && len(t.done) < t.plan.n {
		fmt.Fprintf(t.out, "rot: %d of %d, %d violations, %v\n", len(t.done), t.plan.n, t.violations, time.Since(t.began).Round(time.Second))
	}
	if t.log == nil {
		return
	}
	line, err := json.Marshal(n)
	if err == nil {
		_, err = t.log.Write(append(line, '\n'))
	}
	t.err = errors.Join(t.err, err)
}

func (t *tally) summary(took time.Duration) {
	var names []string
	for name := range t.outcomes {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(t.out, "  %-24s %d\n", name, t.outcomes[name])
	}
	fmt.Fprintf(t.out, "rot: %d runs, %d violations; %d writes that no peer had yet were in what was damaged, and reported (%s)\n",
		len(t.done), t.violations, t.lost, took.Round(time.Second))
}
