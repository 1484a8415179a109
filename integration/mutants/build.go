package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// build is test binaries that were built with one overlay.
type build struct {
	root, dir string
	overlay   string
}

// newBuild makes the place for the binaries of a tree.
func newBuild(t *tree, dir string) (*build, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	overlay, err := t.write(dir)
	return &build{t.root, dir, overlay}, err
}

func (b *build) binary(pkg string) string {
	return filepath.Join(b.dir, path.Base(pkg)+".test")
}

// make builds the tests of packages, those that were not yet; no two have one
// last name.
func (b *build) make(packages ...string) error {
	packages = slices.DeleteFunc(slices.Clone(packages), func(pkg string) bool {
		_, err := os.Stat(b.binary(pkg))
		return err == nil
	})
	if len(packages) == 0 {
		return nil
	}
	args := []string{"test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", b.overlay, "-o", b.dir + string(filepath.Separator)}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Dir = b.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: it does not build: %w\n%s", strings.Join(packages, " "), err, out)
	}
	return nil
}

// quiet are flags that keep property tests from writing down, in the tree, what
// has failed, and from looking for the shortest way to it. A binary without such
// tests does not know them.
func (b *build) quiet(pkg string) ([]string, error) {
	const flag = "rapid.nofailfile"
	text, err := os.ReadFile(b.binary(pkg))
	if err != nil || !bytes.Contains(text, []byte(flag)) {
		return nil, err
	}
	return []string{"-" + flag, "-rapid.shrinktime=1ms"}, nil
}

// timeout is for one run in which nothing is broken: only one that hangs takes so long.
const timeout = 20 * time.Minute

// run runs tests with a mutant switched on, "" for none. One that makes them hang is seen after limit.
func (b *build) run(p probe, mutant string, limit time.Duration) (failed bool, out string, err error) {
	args, err := b.quiet(p.pkg)
	if err != nil {
		return false, "", err
	}
	args = append(append(args, "-test.run", p.tests, "-test.count=1", "-test.failfast", "-test.timeout", limit.String()), p.flags...)
	cmd := exec.Command(b.binary(p.pkg), args...)
	cmd.Dir = filepath.Join(b.root, p.pkg)
	cmd.Env = append(os.Environ(), switchName+"="+mutant)
	text, err := cmd.CombinedOutput()
	out = string(text)
	switch {
	case strings.Contains(out, "no tests to run"):
		return false, out, fmt.Errorf("%s: no such test", p)
	case err == nil:
		return false, out, nil
	case strings.Contains(out, "--- FAIL: ") || strings.Contains(out, "panic: ") || strings.Contains(out, "fatal error: "):
		return true, out, nil
	}
	return false, out, fmt.Errorf("%s: %w: %.500s", p, err, out)
}
