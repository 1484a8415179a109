package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

// rtt is the round-trip time that is added to count round trips.
func (b *bench) rtt() time.Duration {
	if b.docs < first {
		return 20 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// fresh measures a peer that joins with nothing, against how long plain Badger
// takes to load as many documents.
func (b *bench) fresh() error {
	if err := b.freshAt(b.docs, b.rounds, atMost(2)); err != nil {
		return err
	}
	if b.heavy {
		if err := b.freshAt(10*b.docs, 1, target{}); err != nil {
			return err
		}
	}
	return b.freshRoundTrips(context.Background())
}

func (b *bench) freshAt(n, rounds int, limit target) error {
	ctx := context.Background()
	a, err := b.full(ctx, n, loopback)
	if err != nil {
		return err
	}
	defer discard(a)
	var took, ratios []float64
	var received int64
	for range rounds {
		floor, err := b.plainFloor(n)
		if err != nil {
			return err
		}
		dir, err := b.newDir()
		if err != nil {
			return err
		}
		s, d, err := b.drain(ctx, a, dir)
		if err != nil {
			return err
		}
		discard(s)
		took, ratios, received = append(took, d.Seconds), append(ratios, d.Seconds/floor), d.Received
	}
	b.add(fmt.Sprintf("fresh peer, %d documents: open to equal roots", n), median(took), "s", limit, rate(float64(n)/median(took)), "")
	b.add("  to a plain load of as many", median(ratios), "× plain", target{}, "", "")
	b.add("  bytes a document", float64(received)/float64(n), "B", target{}, "", "")
	return nil
}

// plainFloor is the seconds that plain Badger takes to load n documents.
func (b *bench) plainFloor(n int) (float64, error) {
	return b.once(func(dir string) (seconds float64, err error) {
		db, err := plainBadger(dir, false)
		if err != nil {
			return 0, err
		}
		defer closing(db, &err)
		start := time.Now()
		err = plainLoad(db, n)
		return time.Since(start).Seconds(), err
	})
}

// freshRoundTrips takes in the same documents with and without latency.
func (b *bench) freshRoundTrips(ctx context.Context) error {
	hub := memory.New(1)
	a, err := b.station(ctx, stationOptions{name: "a", transport: simulated(hub)})
	if err != nil {
		return err
	}
	defer discard(a)
	if err := load(ctx, a.Node, 0, b.docs); err != nil {
		return err
	}
	trips, told, err := b.roundTrips(hub, func() (time.Duration, error) {
		s, err := b.station(ctx, stationOptions{name: "b", transport: simulated(hub), join: a})
		if err != nil {
			return 0, err
		}
		defer discard(s)
		err = converge(ctx, s, a)
		return s.meter.took(), err
	})
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("fresh peer, %d documents: round trips", b.docs), trips, "", atMost(8), told, "")
	return nil
}

// leastTrips is how often trips are counted at least: a store of 1,000,000
// documents that was just loaded moves its tables for seconds, and two of three
// rounds may fall into that.
const leastTrips = 7

// roundTrips is how many round-trip times the latency of the hub adds to what
// run measures, to a tenth: what is left is what computing took more or less.
func (b *bench) roundTrips(hub *memory.Hub, run func() (time.Duration, error)) (trips float64, told string, err error) {
	var took [2][]float64
	for range max(b.rounds, leastTrips) {
		for i, latency := range []time.Duration{0, b.rtt() / 2} {
			hub.SetLatency(latency, latency)
			t, err := run()
			if err != nil {
				return 0, "", err
			}
			took[i] = append(took[i], t.Seconds())
		}
	}
	hub.SetLatency(0, 0)
	trips = max(0, median(took[1])-median(took[0])) / b.rtt().Seconds()
	told = fmt.Sprintf("%.0f ms, and %.0f ms with %s a round trip", 1000*median(took[0]), 1000*median(took[1]), b.rtt())
	return math.Round(10*trips) / 10, told, nil
}

// equal measures two peers that meet again and hold the same.
func (b *bench) equal() error {
	ctx := context.Background()
	const few, many = 1, 9
	var bytes, messages [2]float64
	for i, collections := range []int{few, many} {
		a, s, err := b.pair(ctx, loopback, node.Fsync)
		if err != nil {
			return err
		}
		defer discard(a)
		for c := range collections {
			for k := range b.scaled(100) {
				if _, err := a.Collection(fmt.Sprintf("bench-%d", c)).Put(ctx, key(k), body(k), node.PutOptions{}); err != nil {
					return err
				}
			}
		}
		if err := converge(ctx, s, a); err != nil {
			return err
		}
		if s, err = b.reopen(ctx, s, loopback, nil); err != nil {
			return err
		}
		defer discard(s)
		if err := converge(ctx, s, a); err != nil {
			return err
		}
		bytes[i] = float64(s.meter.total())
		messages[i] = float64(s.meter.messagesOut.Load() + s.meter.messagesIn.Load())
	}
	b.add("two equal peers: bytes a collection, both ways", (bytes[1]-bytes[0])/(many-few), "B", atMost(256),
		fmt.Sprintf("%.0f B, %.0f messages for %d collection", bytes[0], messages[0], few), "")
	return b.equalRoundTrips(ctx)
}

func (b *bench) equalRoundTrips(ctx context.Context) error {
	hub := memory.New(1)
	a, s, err := b.pair(ctx, simulated(hub), node.Fsync)
	if err != nil {
		return err
	}
	defer discard(a)
	if err := load(ctx, a.Node, 0, 1000); err != nil {
		return err
	}
	if err := converge(ctx, s, a); err != nil {
		return err
	}
	trips, told, err := b.roundTrips(hub, func() (time.Duration, error) {
		if s, err = b.reopen(ctx, s, simulated(hub), nil); err != nil {
			return 0, err
		}
		err := converge(ctx, s, a)
		return s.meter.took(), err
	})
	if err != nil {
		return err
	}
	discard(s)
	b.add("  round trips", trips, "", atMost(1), told, "")
	return nil
}

// missed measures a peer that was away for 1,000 changes.
func (b *bench) missed() error {
	changes := b.scaled(1000)
	ctx := context.Background()
	a, s, err := b.meeting(ctx, b.docs, loopback)
	if err != nil {
		return err
	}
	defer discard(a)
	var there, took []float64
	var bytes int64
	for round := range b.rounds {
		s, err = b.reopen(ctx, s, loopback, func() error {
			for i := range changes {
				k := (i*97 + round) % b.docs
				patch := fmt.Appendf(nil, `{"note":"changed in round %d"}`, round)
				if _, err := a.Collection(collection).MergePatch(ctx, key(k), patch, node.PutOptions{}); err != nil {
					return err
				}
			}
			_, err := a.Root(ctx, collection)
			return err
		})
		if err != nil {
			return err
		}
		if err := converge(ctx, s, a); err != nil {
			return err
		}
		there = append(there, milliseconds(s.meter.tookMerges()))
		took = append(took, milliseconds(s.meter.took()))
		bytes = s.meter.total()
	}
	discard(s)
	missed := float64(changes * len(body(1)))
	b.add(fmt.Sprintf("%d changes missed over %d: connected to all on disk", changes, b.docs), median(there), "ms", atMost(150), "", "")
	b.add("  connected to equal roots", median(took), "ms", atMost(150), "", "")
	b.add("  bytes, both ways, to the JSON of what was missed", float64(bytes)/missed, "×", atMost(1.6), fmt.Sprintf("%d B", bytes), "")
	return nil
}
