package main

import (
	"errors"
	"flag"
	"strings"
	"testing"
)

var fills = flag.Int("fills", 2, "how often TestFull fills the disk")

// TestFull is a few runs of the program.
func TestFull(t *testing.T) {
	if testing.Short() {
		t.Skip("fills disks")
	}
	var out strings.Builder
	violations, err := plan{out: &out, seed: 1, n: *fills, disks: disksAtOnce}.run()
	if errors.Is(err, errNoMount) {
		t.Skip(err)
	}
	if err != nil || violations > 0 {
		t.Errorf("%d violations, %v\n%s", violations, err, out.String())
	}
}
