package main

import (
	"errors"
	"flag"
	"testing"
)

var fills = flag.Int("fills", 2, "how often TestFull fills the disk")

// TestFull is a few runs of the program.
func TestFull(t *testing.T) {
	if testing.Short() {
		t.Skip("fills disks")
	}
	violations, err := run("", 1, *fills)
	if errors.Is(err, errNoMount) {
		t.Skip(err)
	}
	if err != nil || violations > 0 {
		t.Errorf("%d violations, %v", violations, err)
	}
}
