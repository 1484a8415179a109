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

func main() {
	n := flag.Int("n", 200, "how many histories")
	seed := flag.Uint64("seed", uint64(time.Now().UnixNano()), "of the first history; the next ones follow")
	flag.Parse()
	dir, err := os.MkdirTemp("", "crdtstore-clones-")
	if err == nil {
		err = run(os.Stdout, dir, *n, *seed)
		err = errors.Join(err, os.RemoveAll(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "clones:", err)
		os.Exit(1)
	}
}

// atOnce is how many histories go on side by side: most of their time they wait.
const atOnce = 4

// memoryDir is a file system that does not tell a copy from its original.
const memoryDir = "/dev/shm"

// tally is what came of all histories.
type tally struct {
	mu                                     sync.Mutex
	done, blind                            int
	copies, restores, putBacks, kills      int
	writes, starts                         int
	atStart, forks, met, both              int // found at their start; pairs of writes that nobody could tell apart then; those detected, by both sides
	lostFields, lostCounts, fields, counts int // of blind histories
	err                                    error
}

func run(w io.Writer, dir string, n int, seed uint64) error {
	bin, err := process.Build(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "clones: seed %d\n", seed)
	begin, t := time.Now(), &tally{}
	var all sync.WaitGroup
	for i := range atOnce {
		all.Go(func() {
			for k := i; k < n && t.sound(); k += atOnce {
				t.one(bin, dir, seed+uint64(k))
			}
		})
	}
	all.Wait()
	fmt.Fprintf(w, "clones: %d histories (%d where a copy cannot be told at its start), %d starts, %d kills, %d writes: %d copies, %d restores, %d put back; %v\n",
		t.done, t.blind, t.starts, t.kills, t.writes, t.copies, t.restores, t.putBacks, time.Since(begin).Round(time.Second))
	fmt.Fprintf(w, "clones: %d found at their start; %d forks that could not be, %d of them detected when they met, %d by both sides; there %d of %d fields and %d of %d counts were lost\n",
		t.atStart, t.forks, t.met, t.both, t.lostFields, t.fields, t.lostCounts, t.counts)
	return t.err
}

func (t *tally) sound() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err == nil
}

// one runs one history in a directory of its own.
func (t *tally) one(bin, dir string, seed uint64) {
	h := newHistory(bin, seed)
	err := h.make(dir)
	if err == nil {
		err = h.play()
	}
	err = errors.Join(err, h.end())
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if h.blind {
		t.blind++
		t.lostFields, t.fields, t.lostCounts, t.counts = t.lostFields+h.lostFields, t.fields+h.fields, t.lostCounts+h.lostCounts, t.counts+h.counts
	}
	t.copies, t.restores, t.putBacks, t.kills = t.copies+h.copies, t.restores+h.restores, t.putBacks+h.putBacks, t.kills+h.kills
	t.writes, t.starts, t.atStart = t.writes+len(h.written), t.starts+h.starts, t.atStart+h.atStart
	t.forks, t.met, t.both = t.forks+h.forks, t.met+h.met, t.both+h.both
	if err != nil {
		t.err = errors.Join(t.err, fmt.Errorf("seed %d: %w\n%s\nrun it again: go run ./integration/clones -n 1 -seed %d", seed, err, h.story.String(), seed))
	}
}
