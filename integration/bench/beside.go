package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// beside measures what writers get done while a fresh peer takes in
// everything, to what they get done when nobody is there. The peer is a process
// of its own on the same cores, at the lowest priority: a peer on another
// machine would take nothing of them.
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
	var ratios, alone, busy []float64
	for range b.rounds {
		idle, err := writeSome(a.Node, writers, b.docs/5)
		if err != nil {
			return err
		}
		syncing, err := b.whileDraining(bin, invite, a.Node, writers)
		if err != nil {
			return err
		}
		ratios, alone, busy = append(ratios, syncing/idle), append(alone, idle), append(busy, syncing)
	}
	b.add(fmt.Sprintf("durable puts, %d writers, while a peer takes in %d documents", writers, b.docs), median(ratios), "× idle", atLeast(0.7),
		rate(median(busy)), rate(median(alone)))
	return nil
}

// whileDraining returns the puts a second from the first document that a new
// process takes in until it has taken in as many as there were.
func (b *bench) whileDraining(bin, invite string, nd *node.Node, writers int) (float64, error) {
	dir, err := b.newDir()
	if err != nil {
		return 0, err
	}
	w := startWriters(nd, writers)
	defer w.stop()
	p, err := startNiced(bin, dir, "--join", invite)
	if err != nil {
		return 0, err
	}
	defer p.end(syscall.SIGKILL)
	if err := p.takesIn(1); err != nil {
		return 0, err
	}
	w.reset()
	if err := p.takesIn(b.docs); err != nil {
		return 0, err
	}
	return w.stop()
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

// writeSome returns the puts a second of writers that nobody disturbs.
func writeSome(nd *node.Node, writers, n int) (float64, error) {
	c := nd.Collection(collection)
	prefix := fmt.Sprintf("alone-%d", time.Now().UnixNano())
	return spread(writers, n, func(i int) error {
		_, err := c.Put(context.Background(), fmt.Sprintf("%s/%d", prefix, i), body(i), node.PutOptions{})
		return err
	})
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
