package main

import (
	"fmt"
	"os"
	"time"

	"github.com/crdtstore/crdtstore/integration/simulate/mesh"
)

// lab runs the meshes of experiments.
type lab struct {
	seed     uint64
	heavy    bool
	measured []measurement // elsewhere: see readBench
}

// experiments in the order of the tables. The names are for -run and for the
// page.
var experiments = []struct {
	name string
	run  func(*lab) (table, error)
}{
	{"peers", (*lab).peers},
	{"faults", (*lab).faults},
	{"graphs", (*lab).graphs},
	{"documents", (*lab).documents},
	{"differences", (*lab).differences},
	{"fresh", (*lab).fresh},
	{"ondisk", (*lab).ondisk}, // needs -bench, as the next
	{"ondiskdiffer", (*lab).ondiskdiffer},
}

// mesh runs one, and says so on stderr.
func (l *lab) mesh(o mesh.Options) (mesh.Result, error) {
	o.Seed = l.seed
	fmt.Fprintf(os.Stderr, "simulate: %s", o.Command())
	begin := time.Now()
	r, err := mesh.Run(o)
	fmt.Fprintf(os.Stderr, " (%.1fs)\n", time.Since(begin).Seconds())
	if err != nil {
		return r, fmt.Errorf("%w\nrun it again: %s -tell", err, o.Command())
	}
	return r, nil
}

// counting is how long writes count: at least 200 of them, at two a second.
const counting = 2 * time.Minute

// quiet is a mesh in which nothing goes wrong.
func quiet(peers int) mesh.Options {
	return mesh.Options{Peers: peers, Documents: 50, Rate: 2, Settle: 15 * time.Second, Duration: counting, Skew: time.Second}
}

// peers: what a write costs, and how long it takes, against the size of the
// mesh.
func (l *lab) peers() (table, error) {
	t := table{Title: "One write in a mesh of so many peers, at most 8 sessions each", Columns: []string{
		"peers", "sessions of a peer", "writes", "at another peer p50 ms", "p99 ms", "at the last one p50 ms", "p99 ms", "hops p99", "most",
		"messages a write and peer", "bytes a write and peer", "redundant documents, of those needed", "the same while links settle",
	}}
	delays := []series{{Name: "at another peer, p50"}, {Name: "at another peer, p99"}, {Name: "at the last peer, p99"}}
	bytes := []series{{Name: "all"}, {Name: "documents"}}
	for _, n := range []int{3, 10, 20, 50, 100, 200, 500, 1000} {
		o := quiet(n)
		if n >= 500 {
			o.Duration = counting / 2
		}
		r, err := l.mesh(o)
		if err != nil {
			return t, err
		}
		each := float64(r.Writes * (n - 1)) // how often a write had to arrive
		messages, all, documents := live(r.Run)
		t.add(n, r.Degree[1], r.Writes, r.Delays.At(0.5), r.Delays.At(0.99), r.Whole.At(0.5), r.Whole.At(0.99), hops(r, 0.99), hops(r, 1),
			messages/each, all/each, float64(r.Run.Redundant)/each, float64(r.Settle.Redundant)/float64(r.Settling*(n-1)))
		x := float64(n)
		for i, d := range []time.Duration{r.Delays.At(0.5), r.Delays.At(0.99), r.Whole.At(0.99)} {
			delays[i].Points = append(delays[i].Points, point{x, milliseconds(d)})
		}
		bytes[0].Points = append(bytes[0].Points, point{x, all / each})
		bytes[1].Points = append(bytes[1].Points, point{x, documents / each})
	}
	t.Plots = []plot{
		{"peers-delay", "From the acknowledgement of a write until it can be read", axis{"peers", true}, axis{"milliseconds", false}, delays},
		{"peers-bytes", "What a write costs for each peer that it reaches", axis{"peers", true}, axis{"bytes", false}, bytes},
	}
	return t, nil
}

// faults: a hundred peers, and what a network and its machines do to them.
func (l *lab) faults() (table, error) {
	t := table{Title: "100 peers for two minutes, two writes a second: loss of segments, peers that stop, a mesh split in two", Columns: []string{
		"loss", "stops a minute", "split s", "writes", "stops", "converged after ms", "at another peer p50 ms", "p99 ms", "hops p50", "p99",
		"bytes a write and peer", "of that documents", "redundant documents, of those needed", "redundant bytes, of all", "sent again by the transport",
	}}
	delays := []series{}
	for _, churn := range []float64{0, 0.2, 1} {
		line := series{Name: fmt.Sprintf("%g %% stop a minute", 100*churn)}
		for _, loss := range []float64{0, 0.05, 0.10} {
			o := stormy(loss, churn)
			r, err := l.fault(&t, o)
			if err != nil {
				return t, err
			}
			line.Points = append(line.Points, point{100 * loss, milliseconds(r.Delays.At(0.99))})
		}
		delays = append(delays, line)
	}
	o := stormy(0.05, 0.2)
	o.Split = 30 * time.Second
	if _, err := l.fault(&t, o); err != nil {
		return t, err
	}
	t.Plots = []plot{{"faults-delay", "100 peers: p99 until a write can be read at another peer", axis{"% of the segments lost", false}, axis{"milliseconds", true}, delays}}
	return t, nil
}

// stormy is a mesh of a hundred peers in which things go wrong.
func stormy(loss, churn float64) mesh.Options {
	o := quiet(100)
	o.Loss, o.Churn = loss, churn
	return o
}

func (l *lab) fault(t *table, o mesh.Options) (mesh.Result, error) {
	r, err := l.mesh(o)
	if err != nil {
		return r, err
	}
	each := float64(r.Writes * (o.Peers - 1))
	_, all, documents := live(r.Run)
	t.add(o.Loss, o.Churn*float64(o.Peers), o.Split.Seconds(), r.Writes, r.Stops, r.Converged, r.Delays.At(0.5), r.Delays.At(0.99), hops(r, 0.5), hops(r, 0.99),
		all/each, documents/each, float64(r.Run.Redundant)/each, float64(r.Run.RedundantBytes)/float64(r.Run.Bytes), r.Run.Again)
	return r, nil
}

// graphs: the same mesh, connected in several ways.
func (l *lab) graphs() (table, error) {
	t := table{Title: "50 peers, connected in several ways", Columns: []string{
		"graph", "sessions of a peer", "at another peer p50 ms", "p99 ms", "hops p99", "messages a write and peer", "bytes a write and peer", "redundant documents, of those needed",
	}}
	for _, g := range []mesh.Graph{mesh.Line, mesh.Random, mesh.Views, mesh.Full} {
		o := quiet(50)
		o.Graph = g
		r, err := l.mesh(o)
		if err != nil {
			return t, err
		}
		each := float64(r.Writes * (o.Peers - 1))
		messages, all, _ := live(r.Run)
		t.add(string(g), r.Degree[1], r.Delays.At(0.5), r.Delays.At(0.99), hops(r, 0.99), messages/each, all/each, float64(r.Run.Redundant)/each)
	}
	return t, nil
}

// The messages of every session, whatever is written (docs/PROTOCOL.md).
const (
	kindHello = 1
	kindOpen  = 2
	kindPing  = 11
	kindPong  = 12
	kindView  = 128
)

// live is what writes have cost: all messages but those that keep connections.
func live(c mesh.Cost) (messages, bytes, documents float64) {
	m, b := c.Messages, c.Bytes
	for _, k := range []int{kindHello, kindOpen, kindPing, kindPong, kindView} {
		m -= c.Kinds[k].Messages
		b -= c.Kinds[k].Bytes
	}
	return float64(m), float64(b), float64(c.DocumentBytes)
}

// hops is the number of peers that a write came over, which the part q of all
// did not exceed.
func hops(r mesh.Result, q float64) int {
	if len(r.Hops) == 0 {
		return 0
	}
	return r.Hops[min(int(q*float64(len(r.Hops))), len(r.Hops)-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
