package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/node"
)

// three opens three stations that know each other.
func (b *bench) three(ctx context.Context, d node.Durability) ([]*station, error) {
	a, s, err := b.pair(ctx, loopback, d)
	if err != nil {
		return nil, err
	}
	dir, err := b.newDir()
	if err != nil {
		return nil, err
	}
	c, err := b.station(ctx, stationOptions{dir: dir, name: "c", durability: d, transport: loopback, join: a})
	if err != nil {
		return nil, err
	}
	all := []*station{a, s, c}
	if _, err := a.Collection(collection).Put(ctx, "first", []byte(`{}`), node.PutOptions{}); err != nil {
		return nil, err
	}
	return all, converge(ctx, a, s, c)
}

// latency measures from the call of Put on one of three peers until a watcher
// on each other peer is told.
func (b *bench) latency() error {
	for _, d := range []node.Durability{node.Relaxed, node.Fsync} {
		if err := b.latencyOf(d); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) latencyOf(d node.Durability) error {
	writes := b.scaled(500)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := b.three(ctx, d)
	if err != nil {
		return err
	}
	for _, s := range all {
		defer discard(s)
	}
	seen := make(chan string, 8)
	for _, s := range all[1:] {
		since, err := s.Now(ctx)
		if err != nil {
			return err
		}
		go func() {
			for change, err := range s.Changes(ctx, since, node.WatchOptions{Collection: collection}) {
				if err != nil {
					return
				}
				seen <- change.Key
			}
		}()
	}
	var took []float64
	for i := range writes {
		start := time.Now()
		if _, err := all[0].Collection(collection).Put(ctx, key(i), body(i), node.PutOptions{}); err != nil {
			return err
		}
		for left := len(all) - 1; left > 0; {
			select {
			case k := <-seen:
				if k == key(i) {
					took = append(took, float64(time.Since(start).Microseconds())/1000)
					left--
				}
			case <-ctx.Done():
				return fmt.Errorf("write %d is not visible everywhere: %w", i, ctx.Err())
			}
		}
	}
	b.add(fmt.Sprintf("write to visible on two others, %s: p50", d), percentile(took, 0.5), "ms", atMost(2), "", "")
	b.add("  p99", percentile(took, 0.99), "ms", atMost(6), "", "")
	return nil
}

// burst puts much on one of three peers at once.
func (b *bench) burst() error {
	puts := b.scaled(5000)
	ctx := context.Background()
	all, err := b.three(ctx, node.Fsync)
	if err != nil {
		return err
	}
	before := int64(0)
	for _, s := range all {
		defer discard(s)
		before += s.meter.sent.Load()
	}
	if _, err := spread(16, puts, func(i int) error {
		_, err := all[0].Collection(collection).Put(ctx, key(i), body(i), node.PutOptions{})
		return err
	}); err != nil {
		return err
	}
	last := time.Now()
	for i, s := range all {
		if err := converge(ctx, s, all[(i+1)%3], all[(i+2)%3]); err != nil {
			return err
		}
	}
	b.add(fmt.Sprintf("burst of %d puts on one of 3: last put to equal roots", puts), time.Since(last).Seconds(), "s", atMost(1), "", "")
	sent := -before
	for _, s := range all {
		sent += s.meter.sent.Load()
	}
	b.add("  wire a put, all three", float64(sent)/float64(puts), "B", atMost(900), "", "")
	return nil
}
