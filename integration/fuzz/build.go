package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// build is the instrumented tests of packages.
type build struct {
	root, dir string
	cache     string // where go test keeps what targets find, below GOCACHE
	prefix    []string
}

// newBuild builds the tests of all packages that have targets, each once.
func newBuild(ctx context.Context, root, dir string, minimal bool, all []target) (*build, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOCACHE").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	b := &build{root: root, dir: dir, cache: filepath.Join(strings.TrimSpace(string(out)), "fuzz")}
	if minimal {
		if nice, err := exec.LookPath("nice"); err == nil {
			b.prefix = []string{nice, "-n", "19"}
		}
	}
	var packages []string
	for _, t := range all {
		if len(packages) == 0 || packages[len(packages)-1] != t.pkg {
			packages = append(packages, t.pkg)
		}
	}
	for _, pkg := range packages { // the go command takes all cores for each, and no more than one with -fuzz
		cmd := b.command(ctx, "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-fuzz=.", "-o", b.binary(pkg), pkg)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: it does not build: %w\n%s", pkg, err, out)
		}
	}
	return b, nil
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

// fuzz runs a target for so long, and returns what it prints.
func (b *build) fuzz(ctx context.Context, t target, turn time.Duration) (out string, err error) {
	cmd := b.command(ctx, b.binary(t.pkg), "-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzztime="+turn.String(), "-test.parallel=1", "-test.timeout=0",
		"-test.fuzzcachedir="+filepath.Join(b.cache, module, filepath.FromSlash(strings.TrimPrefix(t.pkg, "./"))))
	cmd.Dir = filepath.Join(b.root, filepath.FromSlash(t.pkg))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = grace
	text, err := cmd.CombinedOutput()
	return string(text), err
}
