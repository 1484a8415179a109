package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// beside measures what writers get done while a fresh peer takes in
// everything, to what they get done in as long a time when nobody is there. The peer
// is a process of its own on the same cores, at the lowest priority: a peer on
// another machine would take nothing of them.
//
// Each measurement begins when the store has come to rest: what one has left to be
// compacted is not a burden of the next. Rounds take turns in which of the two
// comes first, as the store grows.
func (b *bench) beside() error {
	const writers = 16
	ctx := context.Background()
	bin, err := b.buildProgram()
	if err != nil {
		return err
	}
	a, err := b.full(ctx, b.docs, loopback)
	if err != nil {
		return err
	}
	defer discard(a)
	invite, err := a.Invite(ctx)
	if err != nil {
		return err
	}
	_, took, err := b.whileDraining(bin, invite, a.Node, writers) // how long is long
	if err != nil {
		return err
	}
	var ratios, alone, busy, drains []float64
	for round := range b.rounds {
		var idle, syncing float64
		for turn := range 2 {
			if turn == round%2 {
				idle, err = writeFor(a.Node, writers, took)
			} else {
				syncing, took, err = b.whileDraining(bin, invite, a.Node, writers)
				drains = append(drains, took.Seconds())
			}
			if err != nil {
				return err
			}
		}
		ratios, alone, busy = append(ratios, syncing/idle), append(alone, idle), append(busy, syncing)
	}
	b.add(fmt.Sprintf("durable puts, %d writers, while a peer takes in %d documents", writers, b.docs), median(ratios), "× idle", atLeast(0.7),
		fmt.Sprintf("%s, and the peer in %.1f s", rate(median(busy)), median(drains)), rate(median(alone)))
	return nil
}

// whileDraining returns the puts a second from the first document that a new
// process takes in until it has taken in as many as there were, and how long that was.
func (b *bench) whileDraining(bin, invite string, nd *node.Node, writers int) (float64, time.Duration, error) {
	dir, err := b.newDir()
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(dir)
	if err := atRest(); err != nil {
		return 0, 0, err
	}
	w := startWriters(nd, writers)
	defer w.stop()
	p, err := startNiced(bin, dir, "--join", invite)
	if err != nil {
		return 0, 0, err
	}
	defer p.end(syscall.SIGKILL)
	if err := p.takesIn(1); err != nil {
		return 0, 0, err
	}
	w.reset()
	if err := p.takesIn(b.docs); err != nil {
		return 0, 0, err
	}
	took := time.Since(w.since)
	puts, err := w.stop()
	return puts, took, err
}

// writeFor returns the puts a second, for so long, of writers that nobody disturbs.
func writeFor(nd *node.Node, writers int, d time.Duration) (float64, error) {
	if err := atRest(); err != nil {
		return 0, err
	}
	w := startWriters(nd, writers)
	<-time.After(warmUp)
	w.reset()
	<-time.After(d)
	return w.stop()
}

// warmUp is about how long writers run before a peer that was started beside them
// takes in its first document.
const warmUp = 300 * time.Millisecond

// atRest waits until this process has used less than a tenth of a core for half
// a second: nothing is compacted any more. It fails after a minute.
func atRest() error {
	const look = 500 * time.Millisecond
	was, tick := processorTime(), time.NewTicker(look)
	defer tick.Stop()
	for range int(time.Minute / look) {
		<-tick.C
		now := processorTime()
		if now-was < look/10 {
			return nil
		}
		was = now
	}
	return errors.New("the store does not come to rest")
}

// openedAtRest is atRest for a store that was opened just now: a node reads its index of dots
// a second after that.
func openedAtRest() error {
	<-time.After(1500 * time.Millisecond)
	return atRest()
}

// processorTime is what this process has used of all cores.
func processorTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// writing is a number of writers that put documents of their own until they are
// stopped.
type writing struct {
	stopped atomic.Bool
	wait    sync.WaitGroup
	failed  chan error
	count   atomic.Int64
	since   time.Time
}

func startWriters(nd *node.Node, n int) *writing {
	w := &writing{failed: make(chan error, n)}
	c := nd.Collection(collection)
	prefix := fmt.Sprintf("written-%d", time.Now().UnixNano())
	for i := range n {
		w.wait.Go(func() {
			for j := 0; !w.stopped.Load(); j++ {
				if _, err := c.Put(context.Background(), fmt.Sprintf("%s/%d/%d", prefix, i, j), body(j), node.PutOptions{}); err != nil {
					w.failed <- err
					return
				}
				w.count.Add(1)
			}
		})
	}
	w.reset()
	return w
}

// reset counts from now on.
func (w *writing) reset() {
	w.count.Store(0)
	w.since = time.Now()
}

// stop ends the writers and returns their puts a second.
func (w *writing) stop() (float64, error) {
	rate := float64(w.count.Load()) / time.Since(w.since).Seconds()
	w.stopped.Store(true)
	w.wait.Wait()
	select {
	case err := <-w.failed:
		return 0, err
	default:
		return rate, nil
	}
}
