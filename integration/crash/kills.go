package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// toll is what came of killing.
type toll struct {
	settings settings
	out      io.Writer
	bin      string
	begin    time.Time
	left     chan share

	mu                                                  sync.Mutex
	kills, early, written, removed, incremented, meshes int
	violations                                          int
}

// share is what one mesh is for.
type share struct{ number, kills int }

const (
	// killsOfMesh is after how many kills a new mesh begins: the more documents there are, the longer each start takes
	// to be compared.
	killsOfMesh = 75
	// meshesAtOnce is how many meshes are killed side by side: a process that starts waits for its disk more
	// than it computes.
	meshesAtOnce = 4
)

// shares divides the kills among meshes.
func (s settings) shares() (all []share) {
	meshes := max((s.n+killsOfMesh-1)/killsOfMesh, min(s.n, meshesAtOnce))
	for i := range meshes {
		all = append(all, share{s.first + i, s.n*(i+1)/meshes - s.n*i/meshes})
	}
	return all
}

// runKills kills peers of some meshes at a time, and each of one after the other. After a violation it goes on
// with the next mesh.
func runKills(w io.Writer, s settings, bin string) error {
	t := &toll{settings: s, out: w, bin: bin, begin: time.Now(), left: make(chan share)}
	var all sync.WaitGroup
	for range meshesAtOnce {
		all.Go(func() {
			for one := range t.left {
				m, err := killMesh(s, bin, one)
				t.add(one, m, err)
			}
		})
	}
	for _, one := range s.shares() {
		t.left <- one
	}
	close(t.left)
	all.Wait()
	fmt.Fprintf(w, "crash: %d kills, %d of them before the process was ready, in %d meshes of 3; acknowledged: %d writes, %d removals, %d increments; %v\n",
		t.kills, t.early, t.meshes, t.written, t.removed, t.incremented, time.Since(t.begin).Round(time.Second))
	fmt.Fprintf(w, "crash: %d runs, %d violations\n", t.kills, t.violations)
	if t.violations > 0 {
		return fmt.Errorf("%d violations", t.violations)
	}
	return nil
}

// add takes in what came of one mesh, nil if it did not come to be.
func (t *toll) add(one share, m *mesh, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	if m != nil {
		t.kills, t.early, t.meshes = t.kills+m.kills, t.early+m.early, t.meshes+1
		t.written, t.removed, t.incremented = t.written+m.book.written, t.removed+m.book.removed, t.incremented+m.book.sum
		report(t.out, m.book)
		n = m.book.violations()
	}
	if err != nil {
		fmt.Fprintf(t.out, "crash: mesh %d: %v\n", one.number, err)
		n = max(n, 1)
	}
	if t.violations += n; n > 0 {
		fmt.Fprintf(t.out, "crash: run it again: go run ./integration/crash -seed %d -first %d -n %d\n", t.settings.seed, one.number, one.kills)
	}
	fmt.Fprintf(t.out, "crash: mesh %d is done: %d kills of %d, %d violations, %v\n", one.number, t.kills, t.settings.n, t.violations, time.Since(t.begin).Round(time.Second))
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

// checkEvery is after how many rounds everything is compared.
const checkEvery = 5

// killMesh kills peers of one mesh.
func killMesh(s settings, bin string, one share) (*mesh, error) {
	dir, err := os.MkdirTemp(s.dir, "mesh-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	m, err := newMesh(bin, dir, s.seed+uint64(one.number))
	if m != nil {
		defer m.close()
	}
	if err != nil {
		return nil, err
	}
	for m.kills < one.kills {
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
