package main

import (
	"flag"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/integration/simulate/mesh"
)

// TestCommand: the command that a failure prints runs the same mesh again.
func TestCommand(t *testing.T) {
	for _, o := range []mesh.Options{
		{Seed: 3, Peers: 5},
		{
			Seed: 9, Peers: 40, Graph: mesh.Random, Active: 5, Documents: 100, Size: 300, Writers: 4, Fresh: 2, Missed: 7,
			Latency: 3 * time.Millisecond, Bandwidth: 5000, Loss: 0.05, Skew: time.Second, Commit: time.Millisecond, Sync: 2 * time.Millisecond,
			Rate: 2.5, Duration: time.Minute, Settle: time.Second, Churn: 0.5, Downtime: time.Second, Split: 5 * time.Second, Patience: time.Hour,
		},
	} {
		args := strings.Fields(o.Command())[3:]
		var got mesh.Options
		f := flag.NewFlagSet("simulate", flag.ContinueOnError)
		one := describe(f, &got)
		if err := f.Parse(args); err != nil {
			t.Fatal(err)
		}
		if !one() || !reflect.DeepEqual(got.Command(), o.Command()) {
			t.Errorf("%q reads as %q", o.Command(), got.Command())
		}
	}
}

// TestRunOne runs one small mesh, and one that cannot converge.
func TestRunOne(t *testing.T) {
	var out strings.Builder
	if err := runOne(&out, settings{}, mesh.Options{Graph: mesh.Full, Documents: 100, Missed: 10}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "bytes of metadata") {
		t.Error(out.String())
	}
	err := runOne(&out, settings{}, mesh.Options{Seed: 4, Peers: 3, Graph: mesh.Line, Latency: time.Minute, Patience: time.Second})
	if err == nil || !strings.Contains(err.Error(), "run it again: go run ./integration/simulate -seed 4 -peers 3 -graph line -latency 1m0s") {
		t.Errorf("a run that fails: %v", err)
	}
}
