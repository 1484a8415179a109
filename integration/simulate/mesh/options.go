package mesh

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Graph says who is connected to whom.
type Graph string

// The graphs.
const (
	// Views lets every peer choose by its view (package p2p/view) whom to keep
	// a session with.
	Views Graph = "views"
	// Full connects everybody to everybody.
	Full Graph = "full"
	// Line connects each peer to the next.
	Line Graph = "line"
	// Random connects each peer to half of Active others, drawn once.
	Random Graph = "random"
)

// Options describe one run. A zero field means the default in parentheses.
type Options struct {
	Seed  uint64
	Peers int   // (2)
	Graph Graph // (Views)
	// Active is how many sessions a peer wants at most (8), in graphs where it
	// has a choice.
	Active int

	Documents int // that everybody holds at the beginning
	Size      int // bytes of JSON of a document, about (200)
	Writers   int // replicas that have written them, at most Peers (1)
	Fresh     int // so many peers, the last ones, hold nothing
	Missed    int // so many documents the first peer has changed since, and nobody has heard of it

	Latency   time.Duration // one way, on average (10 ms); each link has its own
	Bandwidth int           // bytes a second, of each direction of a link (10 Mbit/s)
	Loss      float64       // of the segments of a stream, which retransmits them
	Skew      time.Duration // the clocks are wrong by at most this
	Commit    time.Duration // a transaction takes (200 µs), and 20 µs a document
	Sync      time.Duration // of the disk (1 ms)

	Rate     float64       // local writes a second, in all peers together, after the start
	Duration time.Duration // of the writes
	// Settle is how long there are writes before those that count: links become
	// lazy by what they bring.
	Settle time.Duration
	// Churn is the part of the peers that stop in a minute, by kill or power
	// cut; each comes back after Downtime (10 s), half to twice of it.
	Churn    float64
	Downtime time.Duration
	// Split is how long the mesh is split in two, from a quarter of Duration on.
	Split time.Duration

	// Patience is how long after the last write and fault everybody may take
	// to hold the same, before the run has failed (10 min).
	Patience time.Duration
	// Tell, if not nil, is told what happens: a line for each event that
	// somebody would put into a log.
	Tell func(format string, args ...any)
}

// ErrOptions is returned by Run for Options that make no sense; the error
// names every one of them.
var ErrOptions = errors.New("bad options")

func (o Options) withDefaults() Options {
	o.Peers = cmp.Or(o.Peers, 2)
	o.Graph = cmp.Or(o.Graph, Views)
	o.Active = cmp.Or(o.Active, 8)
	o.Size = cmp.Or(o.Size, 200)
	o.Writers = min(cmp.Or(o.Writers, 1), o.Peers)
	o.Latency = cmp.Or(o.Latency, 10*time.Millisecond)
	o.Bandwidth = cmp.Or(o.Bandwidth, 10_000_000/8)
	o.Commit = cmp.Or(o.Commit, 200*time.Microsecond)
	o.Sync = cmp.Or(o.Sync, time.Millisecond)
	o.Downtime = cmp.Or(o.Downtime, 10*time.Second)
	o.Patience = cmp.Or(o.Patience, 10*time.Minute)
	if o.Tell == nil {
		o.Tell = func(string, ...any) {}
	}
	return o
}

func (o Options) check() error {
	var errs []error
	for _, c := range []struct {
		good bool
		what string
	}{
		{o.Peers >= 1 && o.Peers <= 10_000, fmt.Sprintf("Peers: %d, from 1 to 10,000", o.Peers)},
		{o.Graph == Views || o.Graph == Full || o.Graph == Line || o.Graph == Random, fmt.Sprintf("Graph: no %q", o.Graph)},
		{o.Active >= 1, fmt.Sprintf("Active: %d", o.Active)},
		{o.Documents >= 0 && o.Size >= 64, fmt.Sprintf("Documents, Size: %d of %d bytes, at least 64", o.Documents, o.Size)},
		{o.Fresh >= 0 && o.Fresh+o.Writers <= o.Peers || o.Fresh == 0, fmt.Sprintf("Fresh: %d of %d peers, %d are writers", o.Fresh, o.Peers, o.Writers)},
		{o.Missed >= 0 && o.Missed <= o.Documents, fmt.Sprintf("Missed: %d of %d documents", o.Missed, o.Documents)},
		{o.Loss >= 0 && o.Loss <= 0.5, fmt.Sprintf("Loss: %g, from 0 to 0.5", o.Loss)},
		{o.Churn >= 0 && o.Churn <= 10, fmt.Sprintf("Churn: %g of the peers a minute, from 0 to 10", o.Churn)},
		{o.Latency >= 0 && o.Bandwidth > 0 && o.Commit >= 0 && o.Sync >= 0, "Latency, Bandwidth, Commit, Sync: negative"},
		{o.Rate >= 0 && o.Duration >= 0 && o.Settle >= 0 && o.Split >= 0 && o.Skew >= 0, "Rate, Duration, Settle, Split, Skew: negative"},
	} {
		if !c.good {
			errs = append(errs, fmt.Errorf("%w: %s", ErrOptions, c.what))
		}
	}
	return errors.Join(errs...)
}

// Command is the one command that runs these Options again.
func (o Options) Command() string {
	o = o.withDefaults()
	var b strings.Builder
	b.WriteString("go run ./integration/simulate")
	for _, f := range []struct {
		name  string
		value any
		is    bool
	}{
		{"seed", o.Seed, true}, {"peers", o.Peers, true}, {"graph", o.Graph, o.Graph != Views}, {"active", o.Active, o.Active != 8},
		{"docs", o.Documents, o.Documents > 0}, {"size", o.Size, o.Size != 200}, {"writers", o.Writers, o.Writers > 1},
		{"fresh", o.Fresh, o.Fresh > 0}, {"missed", o.Missed, o.Missed > 0},
		{"latency", o.Latency, o.Latency != 10*time.Millisecond}, {"bandwidth", o.Bandwidth, o.Bandwidth != 10_000_000/8},
		{"loss", o.Loss, o.Loss > 0}, {"skew", o.Skew, o.Skew > 0},
		{"commit", o.Commit, o.Commit != 200*time.Microsecond}, {"sync", o.Sync, o.Sync != time.Millisecond},
		{"rate", o.Rate, o.Rate > 0}, {"duration", o.Duration, o.Duration > 0}, {"settle", o.Settle, o.Settle > 0},
		{"churn", o.Churn, o.Churn > 0}, {"downtime", o.Downtime, o.Downtime != 10*time.Second}, {"split", o.Split, o.Split > 0},
		{"patience", o.Patience, o.Patience != 10*time.Minute},
	} {
		if f.is {
			fmt.Fprintf(&b, " -%s %v", f.name, f.value)
		}
	}
	return b.String()
}
