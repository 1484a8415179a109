package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/integration/simulate/mesh"
)

// settings are the flags that do not describe a mesh.
type settings struct {
	run   string
	out   string
	bench string
	json  bool
	heavy bool
	tell  bool
}

func main() {
	var s settings
	var o mesh.Options
	flag.StringVar(&s.run, "run", "", "only experiments whose name matches this regular expression")
	flag.StringVar(&s.out, "out", "", "write plots and tables below this folder, which has SIMULATION.md")
	flag.StringVar(&s.bench, "bench", "", "add the figures of this file, which integration/bench -json -heavy has written")
	flag.BoolVar(&s.json, "json", false, "print JSON")
	flag.BoolVar(&s.heavy, "heavy", false, "the largest sizes too: hours")
	flag.BoolVar(&s.tell, "tell", false, "with one mesh, or schedules: a line for everything that happens")
	var w sweep
	w.describe(flag.CommandLine)
	one := describe(flag.CommandLine, &o)
	flag.Parse()
	var err error
	switch {
	case w.schedules > 0 || w.faults == "help":
		var tell func(string, ...any)
		if s.tell {
			tell = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
		}
		err = w.run(os.Stdout, o.Seed, tell)
	case one():
		err = runOne(os.Stdout, s, o)
	default:
		err = runAll(os.Stdout, s, o.Seed)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulate:", err)
		os.Exit(1)
	}
}

// describe defines the flags that describe a mesh; one reports whether any but
// the seed was given.
func describe(f *flag.FlagSet, o *mesh.Options) (one func() bool) {
	var names []string
	define := func(name string, fn func(name string)) { fn(name); names = append(names, name) }
	whole := func(p *int, usage string) func(string) {
		return func(name string) { f.IntVar(p, name, 0, usage) }
	}
	part := func(p *float64, usage string) func(string) {
		return func(name string) { f.Float64Var(p, name, 0, usage) }
	}
	span := func(p *time.Duration, usage string) func(string) {
		return func(name string) { f.DurationVar(p, name, 0, usage) }
	}
	f.Uint64Var(&o.Seed, "seed", 1, "of everything that is random")
	define("peers", whole(&o.Peers, "in the mesh (2)"))
	define("graph", func(name string) {
		f.StringVar((*string)(&o.Graph), name, "", "views, full, line or random (views)")
	})
	define("active", whole(&o.Active, "sessions of a peer at most, where it has a choice (8)"))
	define("docs", whole(&o.Documents, "that everybody holds at the beginning"))
	define("size", whole(&o.Size, "bytes of JSON of a document (200)"))
	define("writers", whole(&o.Writers, "replicas that have written them (1)"))
	define("fresh", whole(&o.Fresh, "so many peers hold nothing at the beginning"))
	define("missed", whole(&o.Missed, "so many documents one peer has changed, and nobody has heard of it"))
	define("latency", span(&o.Latency, "one way, on average (10ms)"))
	define("bandwidth", whole(&o.Bandwidth, "bytes a second of each direction of a link (1250000)"))
	define("loss", part(&o.Loss, "of the segments of a stream, from 0 to 0.5"))
	define("skew", span(&o.Skew, "of the clocks, at most"))
	define("commit", span(&o.Commit, "what a transaction takes (200µs)"))
	define("sync", span(&o.Sync, "what a sync of the disk takes (1ms)"))
	define("rate", part(&o.Rate, "local writes a second, in all peers together"))
	define("duration", span(&o.Duration, "of the writes and the faults"))
	define("settle", span(&o.Settle, "of writes before those that count"))
	define("churn", part(&o.Churn, "part of the peers that stop in a minute, by kill or power cut"))
	define("downtime", span(&o.Downtime, "after which they come back, half to twice of it (10s)"))
	define("split", span(&o.Split, "so long the mesh is split in two"))
	define("patience", span(&o.Patience, "after which a mesh that has not converged has failed (10m)"))
	return func() (given bool) {
		f.Visit(func(x *flag.Flag) { given = given || slices.Contains(names, x.Name) })
		return given
	}
}

// runOne runs one mesh and prints what it has shown.
func runOne(w io.Writer, s settings, o mesh.Options) error {
	if s.tell {
		o.Tell = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	}
	r, err := mesh.Run(o)
	if err != nil {
		return fmt.Errorf("%w\nrun it again: %s -tell", err, o.Command())
	}
	t := describeOne(r)
	if s.json {
		return json.NewEncoder(w).Encode(t)
	}
	return t.text(w)
}

// runAll runs the experiments, prints their tables, and writes what is asked
// for.
func runAll(w io.Writer, s settings, seed uint64) error {
	match, err := regexp.Compile(s.run)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	lab := &lab{seed: seed, heavy: s.heavy}
	if s.bench != "" {
		if lab.measured, err = readBench(s.bench); err != nil {
			return fmt.Errorf("-bench: %w", err)
		}
	}
	var tables []table
	var skipped error
	for _, e := range experiments {
		if !match.MatchString(e.name) {
			continue
		}
		t, err := e.run(lab)
		if errors.Is(err, errNotMeasured) && s.bench == "" {
			skipped = fmt.Errorf("%s: %w", e.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		t.Name = e.name
		if tables = append(tables, t); !s.json {
			if err := t.text(w); err != nil {
				return err
			}
		}
		if s.out != "" {
			if err := publish(s.out, t); err != nil {
				return err
			}
		}
	}
	if len(tables) == 0 {
		return cmp.Or(skipped, errors.New("-run: no experiment has such a name"))
	}
	if s.json {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(tables)
	}
	return nil
}
