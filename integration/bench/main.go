package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"time"
)

// bench is one run.
type bench struct {
	rounds int    // of each paired measurement
	docs   int    // of the large collections
	heavy  bool   // ten times as many besides
	dir    string // everything is written below it
	stores string // what is built once is kept below it
	json   string // the file that has every row as soon as it is there, "" for none
	out    io.Writer
	report report
	now    string   // the case that runs
	under  []string // the last row, and those that it is about
	yjs    *yjs
}

func main() {
	b := &bench{out: os.Stdout}
	flag.IntVar(&b.rounds, "rounds", 3, "how often each side of a ratio is measured; the median counts")
	flag.IntVar(&b.docs, "docs", 100000, "documents in the large collections")
	flag.BoolVar(&b.heavy, "heavy", false, "measure with ten times -docs as well: 25 minutes and 6 GB more")
	flag.StringVar(&b.json, "json", "", "write each row to this file as soon as it is there; rows of cases that do not run stay in it")
	flag.StringVar(&b.stores, "stores", "", "keep the large stores below this directory, for the next run (default: with -dir)")
	withYjs := flag.Bool("yjs", true, "install Yjs by npm and run it beside, where there are node, npm and a network")
	run := flag.String("run", "", "only cases whose name matches this regular expression")
	dir := flag.String("dir", "", "write below this directory (default: a temporary one)")
	page := flag.String("page", "", "measure nothing, and put the table of -json into this page")
	flag.Parse()
	var err error
	if *page != "" {
		err = publish(*page, b.json)
	} else {
		err = b.main(*dir, *run, *withYjs)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) main(dir, run string, withYjs bool) (err error) {
	match, err := regexp.Compile(run)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if b.report = newReport(b.docs); b.json != "" {
		if err := b.resume(b.json); err != nil {
			return fmt.Errorf("-json: %w", err)
		}
	}
	if b.dir, err = os.MkdirTemp(dir, "crdtstore-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if b.stores == "" {
		b.stores = b.dir
	}
	b.yjs = &yjs{reason: skipped{"not asked for"}}
	if withYjs && slices.ContainsFunc([]string{"document", "typing", "together"}, match.MatchString) {
		b.yjs = startYjs(b.dir)
	}
	defer func() { b.yjs.close() }()
	printHead(b.out)
	for _, c := range cases {
		if match.MatchString(c.name) {
			if e := b.runCase(c); e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", c.name, e)) // the others are still worth knowing
			}
		}
	}
	return err
}

// runCase runs one case, and says on stderr what it took.
func (b *bench) runCase(c benchCase) error {
	fmt.Fprintf(os.Stderr, "bench: %s\n", c.name)
	b.now, b.under = c.name, nil
	b.report.forget(c.name)
	begin := time.Now()
	err := c.run(b)
	t := took{Case: c.name, Rounds: b.rounds, Heavy: b.heavy, Seconds: time.Since(begin).Seconds(), Budget: c.budget.Seconds()}
	b.report.Took = append(b.report.Took, t)
	over := ""
	if b.heavy && t.Seconds > t.Budget {
		over = fmt.Sprintf(", more than the %s that it may take", c.budget)
	}
	fmt.Fprintf(os.Stderr, "bench: %s took %.1f s%s\n", c.name, t.Seconds, over)
	debug.FreeOSMemory()
	return errors.Join(err, b.report.save(b.json))
}

// save writes what there is so far. That it cannot be written is told when the
// case ends.
func (b *bench) save() { b.report.save(b.json) }
