package main

import (
	"regexp"
	"slices"
	"testing"
)

// TestTargets finds targets of the tree that it is in.
func TestTargets(t *testing.T) {
	root, err := rootOf()
	if err != nil {
		t.Fatal(err)
	}
	all, err := targets(root, regexp.MustCompile(""))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []target{{"./crdt", "FuzzDecode"}, {"./sync", "FuzzSession"}, {"./storage/archive", "FuzzReader"}} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not among %d targets", want, len(all))
		}
	}
	if some, err := targets(root, regexp.MustCompile("^./crdt FuzzMerge$")); err != nil || len(some) != 1 {
		t.Errorf("%v, %v", some, err)
	}
}

// TestExecutions reads what go test prints.
func TestExecutions(t *testing.T) {
	const out = "fuzz: elapsed: 0s, execs: 0 (0/sec), new interesting: 0 (total: 5)\nfuzz: elapsed: 3s, execs: 123456 (41152/sec), new interesting: 1 (total: 6)\nPASS\n"
	if n := executions(out); n != "123456" {
		t.Errorf("%s executions", n)
	}
	if n := executions("FAIL"); n != "0" {
		t.Errorf("%s executions", n)
	}
}
