package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

func main() {
	short := flag.Bool("short", false, "run the first test of each mutant, not those that take long")
	names := flag.String("run", "", "only mutants whose names match this regular expression")
	verbose := flag.Bool("v", false, "print how each was seen")
	list := flag.Bool("list", false, "print the mutants and what has to see them")
	flag.Parse()
	if err := run(*names, *short, *verbose, *list); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(names string, short, verbose, list bool) error {
	re, err := regexp.Compile(names)
	if err != nil {
		return err
	}
	all, err := load(re)
	if err != nil {
		return err
	}
	if list {
		for _, m := range all {
			fmt.Printf("%-34s %s\n", m.name, m.breaks)
			for _, p := range m.probes(false) {
				fmt.Printf("%-34s   go test %s\n", "", p)
			}
		}
		return nil
	}
	root, err := process.Root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := &runner{root: root, dir: dir, short: short, verbose: verbose, took: map[string]time.Duration{}}
	return r.run(all)
}

// runner is one run of the bank.
type runner struct {
	root, dir      string
	short, verbose bool
	together       *build

	mu             sync.Mutex
	caught, missed int
	broken         []string
	took           map[string]time.Duration // by tests with nothing broken, by probe.group
}

// limit is how long tests may take with a mutant before they are said to hang: much longer than they
// take on this machine without one, or a busy one would see every mutant.
func (r *runner) limit(p probe) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return max(5*time.Minute, 10*r.took[p.group()])
}

func (r *runner) run(all []mutant) error {
	begin := time.Now()
	all = slices.DeleteFunc(all, func(m mutant) bool { return len(m.probes(r.short)) == 0 })
	t := &tree{r.root, map[string]string{}}
	var alone []mutant
	var switched []mutant
	for _, m := range all {
		if !m.within(t) {
			alone = append(alone, m)
			continue
		}
		if err := t.add(m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		switched = append(switched, m)
	}
	var err error
	if r.together, err = newBuild(t, filepath.Join(r.dir, "together")); err != nil {
		return err
	}
	if err := r.control(all); err != nil {
		return err
	}
	fmt.Printf("passes with nothing broken: %.0f s\n", time.Since(begin).Seconds())
	process.Each(switched, func(m mutant) { r.one(m, r.together, m.name) })
	process.Each(alone, func(m mutant) {
		b, err := r.single(m)
		if err != nil {
			r.fail(m, err)
			return
		}
		r.one(m, b, "")
		os.RemoveAll(b.dir)
	})
	for _, b := range r.broken {
		fmt.Println("broken:", b)
	}
	fmt.Printf("MUTANTS: %d runs, %d violations (%d caught, %d missed, %d broken), %.0f s\n",
		len(all), r.missed+len(r.broken), r.caught, r.missed, len(r.broken), time.Since(begin).Seconds())
	allowed := 0
	if r.short {
		allowed = len(all) / 20
	}
	if r.missed > allowed || len(r.broken) > 0 {
		return fmt.Errorf("%d of %d were missed", r.missed+len(r.broken), len(all))
	}
	return nil
}

// single builds a mutant alone.
func (r *runner) single(m mutant) (*build, error) {
	t := &tree{r.root, map[string]string{}}
	if err := t.apply(m); err != nil {
		return nil, err
	}
	return newBuild(t, filepath.Join(r.dir, m.name))
}

// control builds what is built together, and makes sure that all tests pass as
// long as nothing is broken.
func (r *runner) control(all []mutant) error {
	tests := map[string][]probe{}
	for _, m := range all {
		for _, p := range m.probes(r.short) {
			tests[p.group()] = append(tests[p.group()], p)
		}
	}
	var failed []string
	var mu sync.Mutex
	var packages []string
	for _, probes := range tests {
		if !slices.Contains(packages, probes[0].pkg) {
			packages = append(packages, probes[0].pkg)
		}
	}
	slices.Sort(packages)
	begin := time.Now()
	if err := r.together.make(packages...); err != nil {
		return err
	}
	fmt.Printf("built: %.0f s\n", time.Since(begin).Seconds())
	var keys []string
	for key := range tests {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	process.Each(keys, func(key string) {
		var names []string
		for _, p := range tests[key] {
			if !slices.Contains(names, p.tests) {
				names = append(names, p.tests)
			}
		}
		p := tests[key][0]
		p.tests = strings.Join(names, "|")
		begin := time.Now()
		bad, out, err := r.together.run(p, "", timeout)
		r.mu.Lock()
		r.took[key] = time.Since(begin)
		r.mu.Unlock()
		if bad || err != nil {
			mu.Lock()
			failed = append(failed, fmt.Sprintf("%s: %v\n%s", p, err, out))
			mu.Unlock()
		}
	})
	if len(failed) > 0 {
		return fmt.Errorf("it fails with nothing broken:\n%s", strings.Join(failed, "\n"))
	}
	return nil
}

// one runs the tests of a mutant until one of them fails.
func (r *runner) one(m mutant, b *build, on string) {
	begin := time.Now()
	for _, p := range m.probes(r.short) {
		if err := b.make(p.pkg); err != nil {
			r.fail(m, err)
			return
		}
		seen, out, err := b.run(p, on, r.limit(p))
		if err != nil {
			r.fail(m, err)
			return
		}
		if !seen {
			continue
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.caught++
		fmt.Printf("caught  %5.1f s  %-36s by %s\n", time.Since(begin).Seconds(), m.name, p)
		if r.verbose {
			fmt.Printf("%s\n%.2000s\n", m.breaks, out)
		}
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.missed++
	form := ""
	if r.short {
		form = " -short"
	}
	fmt.Printf("MISSED  %5.1f s  %-36s %s\n", time.Since(begin).Seconds(), m.name, m.breaks)
	fmt.Printf("        replay: go run ./integration/mutants%s -v -run '^%s$'\n", form, m.name)
}

func (r *runner) fail(m mutant, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = append(r.broken, fmt.Sprintf("%s: %v", m.name, err))
}
