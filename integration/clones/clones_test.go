package main

import (
	"flag"
	"testing"
)

var histories = flag.Int("histories", 3, "how many histories TestClones plays")

// TestClones is the short form of the programme.
func TestClones(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if err := run(t.Output(), t.TempDir(), *histories, 58); err != nil {
		t.Fatal(err)
	}
}
