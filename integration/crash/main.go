package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// settings are the flags.
type settings struct {
	n       int
	seed    uint64
	power   bool
	control string
	dir     string
}

func main() {
	var s settings
	short := flag.Bool("short", false, "the short form: 300 kills, or 10 power cuts")
	flag.IntVar(&s.n, "n", 5000, "how many kills, or power cuts (200 with -power)")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()), "of everything that is random here")
	flag.BoolVar(&s.power, "power", false, "cut the power instead of killing processes; needs root")
	flag.StringVar(&s.control, "control", "", "with -power: relaxed or lying, which must lose")
	flag.StringVar(&s.dir, "dir", "", "where crdtd is built and peers live; default: a temporary folder")
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "n" })
	switch {
	case *short && s.power:
		s.n = 10
	case *short:
		s.n = 300
	case s.power && !given:
		s.n = 200
	}
	switch err := run(os.Stdout, s); {
	case errors.Is(err, errSkipped):
		fmt.Println("crash: skipped:", err)
	case err != nil:
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// run carries out the programme; an error is a violation, or that it could not
// be carried out.
func run(w io.Writer, s settings) error {
	if s.dir == "" {
		dir, err := os.MkdirTemp("", "crdtstore-crash-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		s.dir = dir
	}
	bin, err := process.Build(s.dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "crash: seed %d\n", s.seed)
	if s.power {
		return runPower(w, s, bin)
	}
	return runKills(w, s, bin)
}

// checkEvery is after how many rounds everything is compared; meshSize after how many
// documents a new mesh begins.
const (
	checkEvery = 5
	meshSize   = 20_000
)

// meshesAtOnce is how many meshes are killed side by side: a process that starts waits for its disk more
// than it computes.
const meshesAtOnce = 4

// toll is what came of killing.
type toll struct {
	mu                                                  sync.Mutex
	kills, early, written, removed, incremented, meshes int
	violations                                          int
	err                                                 error
}

// runKills kills peers of some meshes at a time, and each of one after the other.
func runKills(w io.Writer, s settings, bin string) error {
	begin := time.Now()
	t := &toll{}
	var all sync.WaitGroup
	for i := range meshesAtOnce {
		all.Go(func() {
			for left, n := s.n/meshesAtOnce+min(1, max(0, s.n%meshesAtOnce-i)), i; left > 0 && t.sound(); n += meshesAtOnce {
				m, err := killMesh(s, bin, uint64(n), left, t.sound)
				left -= t.add(w, m, err)
			}
		})
	}
	all.Wait()
	if t.err != nil {
		fmt.Fprintf(w, "crash: %d runs, %d violations\n", t.kills, max(1, t.violations))
		return fmt.Errorf("%w\nrun it again: go run ./integration/crash -seed %d -n %d", t.err, s.seed, s.n)
	}
	fmt.Fprintf(w, "crash: %d kills, %d of them before the process was ready, in %d meshes of 3; acknowledged: %d writes, %d removals, %d increments; %v\n",
		t.kills, t.early, t.meshes, t.written, t.removed, t.incremented, time.Since(begin).Round(time.Second))
	fmt.Fprintf(w, "crash: %d runs, 0 violations\n", t.kills)
	return nil
}

// sound reports whether to go on.
func (t *toll) sound() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err == nil
}

// add takes in what came of one mesh, nil if it did not come to be, and returns how often its peers
// were killed.
func (t *toll) add(w io.Writer, m *mesh, err error) (kills int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if m != nil {
		t.kills, t.early, t.meshes = t.kills+m.kills, t.early+m.early, t.meshes+1
		t.written, t.removed, t.incremented = t.written+m.book.written, t.removed+m.book.removed, t.incremented+m.book.sum
		report(w, m.book)
		n := m.book.violations()
		if t.violations += n; n > 0 && err == nil {
			err = fmt.Errorf("%d violations", n)
		}
		kills = m.kills
	}
	t.err = errors.Join(t.err, err)
	return kills
}

// shown is how many violations are printed; the first explain the others.
const shown = 20

func report(w io.Writer, b *book) {
	for i, v := range b.violated {
		if i == shown {
			fmt.Fprintf(w, "crash: and %d more\n", len(b.violated)-shown)
			return
		}
		fmt.Fprintln(w, "crash: violation:", v)
	}
}

// killMesh kills peers of one mesh until it is large, or enough were killed, or it is not to go on.
func killMesh(s settings, bin string, number uint64, most int, goOn func() bool) (*mesh, error) {
	dir, err := os.MkdirTemp(s.dir, "mesh-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m, err := newMesh(bin, dir, s.seed+number)
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	for m.kills < most && len(m.book.names) < meshSize && goOn() {
		if err := m.strike(); err != nil {
			return m, err
		}
		if m.round%checkEvery == 0 {
			if err := m.check(); err != nil {
				return m, err
			}
		}
	}
	if err := m.check(); err != nil {
		return m, err
	}
	return m, m.end()
}
