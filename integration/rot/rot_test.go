package main

import (
	"flag"
	"strings"
	"testing"
)

// runs is how many runs TestShort makes; CI makes 200.
var runs = flag.Int("runs", 30, "how many runs TestShort makes")

// TestShort is the short form of the programme.
func TestShort(t *testing.T) {
	if testing.Short() {
		t.Skip("many nodes")
	}
	var out strings.Builder
	violations, err := plan{seed: 1, n: *runs, jobs: jobsAtOnce}.run(&out)
	if err != nil || violations > 0 {
		t.Errorf("%v\n%s", err, out.String())
	}
	t.Log(out.String())
}
