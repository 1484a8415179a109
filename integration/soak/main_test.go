package main

import (
	"testing"
	"time"
)

// TestSoak is the short form: that the programme runs, and nothing runs away at
// once.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	if err := run(t.Output(), t.TempDir(), 8*time.Second, 1); err != nil {
		t.Fatal(err)
	}
}
