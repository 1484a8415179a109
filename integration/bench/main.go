package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
)

// bench is one run.
type bench struct {
	rounds int    // of each paired measurement
	docs   int    // of the large collections
	heavy  bool   // ten times as many besides
	dir    string // everything is written below it
	rows   []row
	now    string // the case that runs
	skips  []skip
	yjs    *yjs
}

// cases in the order of the table. The names are for -run.
var cases = []struct {
	name string
	run  func(*bench) error
}{
	{"document", (*bench).document},
	{"typing", (*bench).typing},
	{"together", (*bench).together},
	{"put-relaxed", (*bench).putRelaxed},
	{"put-durable", (*bench).putDurable},
	{"batch", (*bench).batch},
	{"get", (*bench).get},
	{"fresh", (*bench).fresh},
	{"equal", (*bench).equal},
	{"missed", (*bench).missed},
	{"differences", (*bench).differences},
	{"latency", (*bench).latency},
	{"burst", (*bench).burst},
	{"disk", (*bench).disk},
	{"amplification", (*bench).amplification},
	{"tables", (*bench).tables},
	{"walk", (*bench).walk},
	{"keep", (*bench).keep},
	{"beside", (*bench).beside},
	{"process", (*bench).process},
	{"curves", (*bench).curves},
}

func main() {
	b := &bench{}
	flag.IntVar(&b.rounds, "rounds", 3, "how often each side of a ratio is measured; the median counts")
	flag.IntVar(&b.docs, "docs", 100000, "documents in the large collections")
	flag.BoolVar(&b.heavy, "heavy", false, "measure with ten times -docs as well: half an hour and 4 GB more")
	asJSON := flag.Bool("json", false, "print JSON")
	withYjs := flag.Bool("yjs", true, "install Yjs by npm and run it beside, where there are node, npm and a network")
	run := flag.String("run", "", "only cases whose name matches this regular expression")
	dir := flag.String("dir", "", "write below this directory (default: a temporary one)")
	flag.Parse()
	if err := b.main(*dir, *run, *asJSON, *withYjs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) main(dir, run string, asJSON, withYjs bool) (err error) {
	match, err := regexp.Compile(run)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if b.dir, err = os.MkdirTemp(dir, "crdtstore-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.yjs = &yjs{reason: skipped{"not asked for"}}
	if withYjs && slices.ContainsFunc([]string{"document", "typing", "together"}, match.MatchString) {
		b.yjs = startYjs(b.dir)
	}
	defer func() { b.yjs.close() }()
	for _, c := range cases {
		if !match.MatchString(c.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "bench: %s\n", c.name)
		from := len(b.rows)
		b.now = c.name
		if e := c.run(b); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", c.name, e)) // the others are still worth knowing
		}
		for i := from; i < len(b.rows); i++ {
			b.rows[i].Case = c.name
		}
		debug.FreeOSMemory()
	}
	if asJSON {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return errors.Join(err, e.Encode(report{runtime.Version(), runtime.GOARCH, runtime.NumCPU(), b.docs, b.rounds, b.rows, b.skips}))
	}
	return errors.Join(err, print(os.Stdout, b.rows, b.skips))
}
