package main

import (
	"strings"
	"testing"
)

// TestShort is the short form of the programme; CI runs 200.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("many nodes")
	}
	var out strings.Builder
	violations, err := program(&out, 1, 30, false)
	if err != nil || violations > 0 {
		t.Errorf("%v\n%s", err, out.String())
	}
}
