package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

// build is the tests of packages.
type build struct {
	root, dir string
	cache     string // where targets keep what they find: as go test, below GOCACHE, but with -short each begins anew
	prefix    []string
}

// newBuild builds the tests of all packages that have targets, each once. For the
// engine they are instrumented, this repository alone: what it is built from need not
// be compiled again, and runs at its own speed.
func newBuild(ctx context.Context, root, dir string, o options, all []target) (*build, error) {
	b := &build{root: root, dir: dir, cache: filepath.Join(dir, "found")}
	if !o.short {
		out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
		if err != nil {
			return nil, fmt.Errorf("go env: %w", err)
		}
		b.cache = filepath.Join(strings.TrimSpace(string(out)), "fuzz")
	}
	if o.minimal {
		if nice, err := exec.LookPath("nice"); err == nil {
			b.prefix = []string{nice, "-n", "19"}
		}
	}
	var packages []string
	for _, t := range all {
		if !slices.Contains(packages, t.pkg) {
			packages = append(packages, t.pkg)
		}
	}
	var mu sync.Mutex
	var failed error
	process.Each(packages, func(pkg string) {
		args := []string{"go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-o", b.binary(pkg)}
		if o.mode != modeBarrage {
			args = append(args, "-gcflags="+module+"/...=-d=libfuzzer")
		}
		cmd := b.command(ctx, append(args, pkg)...)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			mu.Lock()
			failed = errors.Join(failed, fmt.Errorf("%s: it does not build: %w\n%s", pkg, err, out))
			mu.Unlock()
		}
	})
	return b, failed
}

func (b *build) binary(pkg string) string {
	return filepath.Join(b.dir, strings.ReplaceAll(strings.TrimPrefix(pkg, "./"), "/", "_")+".test")
}

// module is the import path of the repository.
const module = "github.com/crdtstore/crdtstore"

// command is a command at the priority of the run.
func (b *build) command(ctx context.Context, args ...string) *exec.Cmd {
	args = append(b.prefix[:len(b.prefix):len(b.prefix)], args...)
	return exec.CommandContext(ctx, args[0], args[1:]...)
}

// grace is how long a target that was interrupted has to say how far it came.
const grace = 10 * time.Second

// engine looks for inputs of a target that reach what none has reached, for so long,
// and returns what it prints.
func (b *build) engine(ctx context.Context, t target, turn time.Duration) (out string, err error) {
	out, err = b.test(ctx, t, "-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzztime="+turn.String(), "-test.parallel=1",
		"-test.fuzzminimizetime=0s", // it would take most of the time, of inputs that are only new
		"-test.fuzzcachedir="+b.found(t))
	if late(out) {
		err = nil
	}
	return out, err
}

// barrage gives a target inputs from number from on, for so long.
func (b *build) barrage(ctx context.Context, t target, turn time.Duration, seed uint64, from int64) (out string, err error) {
	return b.test(ctx, t, "-test.run=^"+t.name+"$", "-barrage.for="+turn.String(), "-barrage.found="+b.found(t),
		fmt.Sprintf("-barrage.seed=%d", seed), fmt.Sprintf("-barrage.from=%d", from))
}

// found is the folder of what the engine finds in the package of a target.
func (b *build) found(t target) string {
	return filepath.Join(b.cache, module, filepath.FromSlash(strings.TrimPrefix(t.pkg, "./")))
}

// test runs the tests of a package.
func (b *build) test(ctx context.Context, t target, args ...string) (out string, err error) {
	cmd := b.command(ctx, append([]string{b.binary(t.pkg), "-test.timeout=0"}, args...)...)
	cmd.Dir = filepath.Join(b.root, filepath.FromSlash(t.pkg))
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1") // another runs beside it
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = grace
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// late reports whether a target has failed for nothing but that its time was over
// while an input was tried, which the testing package now and then takes for a failure.
func late(out string) bool {
	_, why, failed := strings.Cut(out, "--- FAIL: ")
	_, why, _ = strings.Cut(why, "\n")
	return failed && strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(why), "FAIL")) == "context deadline exceeded"
}
