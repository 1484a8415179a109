package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/integration/process"
)

var everyName = regexp.MustCompile("")

// TestBank makes sure that each mutant still fits the sources, and that the
// tests which have to see it are there.
func TestBank(t *testing.T) {
	all, err := load(everyName)
	if err != nil {
		t.Fatal(err)
	}
	root, err := process.Root()
	if err != nil {
		t.Fatal(err)
	}
	together := &tree{root, map[string]string{}}
	for _, m := range all {
		t.Run(m.name, func(t *testing.T) {
			alone := &tree{root, map[string]string{}}
			if err := alone.apply(m); err != nil {
				t.Fatal(err)
			}
			parses(t, alone)
			for _, p := range m.probes(false) {
				hasTests(t, root, p)
			}
			if m.within(together) {
				if err := together.add(m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	parses(t, together)
}

func parses(t *testing.T, of *tree) {
	t.Helper()
	for name, text := range of.files {
		if _, err := parser.ParseFile(token.NewFileSet(), name, text, 0); err != nil {
			t.Error(err)
		}
	}
}

var testName = regexp.MustCompile(`(Test|Fuzz)[A-Za-z0-9_]+`)

// hasTests looks for the tests that a probe names.
func hasTests(t *testing.T, root string, p probe) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, p.pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	names := testName.FindAllString(p.tests, -1)
	if len(names) == 0 {
		t.Errorf("%s names no test", p)
	}
	for _, name := range names {
		if !strings.Contains(all.String(), "\nfunc "+name+"(") {
			t.Errorf("%s: there is no %s", p, name)
		}
	}
}

// TestParse reads files of the bank that are not well formed.
func TestParse(t *testing.T) {
	const good = "Law C: x.\nshort: ./storage -run ^TestMerge$\nlong: ./sync -run ^TestX$ -n 5\n\na.go\n<<<\nold\n===\nnew\n>>>\n\nb.go\n<<<\ngone\n===\n>>>\n"
	m, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.edits) != 2 || m.edits[0] != (edit{"a.go", "old", "new"}) || m.edits[1] != (edit{"b.go", "gone", ""}) || len(m.probes(false)) != 2 || len(m.probes(true)) != 1 {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{
		"", "Law C: x.\n", strings.Replace(good, "===\n", "", 1), strings.Replace(good, "short: ./storage -run", "short: ./storage", 1),
		strings.ReplaceAll(strings.ReplaceAll(good, "short", "Short"), "long", "Long"),
	} {
		if m, err := parse(bad); err == nil {
			t.Errorf("%q is %+v", bad, m)
		}
	}
}

// TestSwitch builds a mutant behind its switch, and checks that both ways of a
// function are there.
func TestSwitch(t *testing.T) {
	root := t.TempDir()
	source := "package x\n\nfunc f() int {\n\treturn 1\n}\n\nfunc g(n *int) {\n\t*n = 1\n}\n"
	if err := os.WriteFile(filepath.Join(root, "x.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	of := &tree{root, map[string]string{}}
	for _, m := range []mutant{
		{name: "two", edits: []edit{{"x.go", "return 1", "return 2"}}},
		{name: "three", edits: []edit{{"x.go", "return 1", "return 3"}, {"x.go", "*n = 1", "*n = 3"}}},
	} {
		if !m.within(of) {
			t.Fatalf("%s is not within functions", m.name)
		}
		if err := of.add(m); err != nil {
			t.Fatal(err)
		}
	}
	parses(t, of)
	for _, part := range []string{`if mutantSwitch == "two" {`, "return 2\n", `if mutantSwitch == "three" {`, "return 3\n", "*n = 3\n\nreturn\n", "return 1\n"} {
		if !strings.Contains(of.files["x.go"], part) {
			t.Errorf("%q is missing in\n%s", part, of.files["x.go"])
		}
	}
	if err := of.add(mutant{name: "twice", edits: []edit{{"x.go", "1", "2"}}}); err == nil {
		t.Error("a text that is there twice was replaced")
	}
	if (mutant{edits: []edit{{"x.go", "package x", "package y"}}}).within(of) {
		t.Error("the name of the package is within a function")
	}
}

// TestLimit: on a machine on which tests take long, a mutant does not hang sooner.
func TestLimit(t *testing.T) {
	slow, fast := probe{pkg: "./sync", flags: []string{"-n", "5"}}, probe{pkg: "./sync"}
	r := &runner{took: map[string]time.Duration{slow.group(): 2 * time.Minute, fast.group(): time.Second}}
	if got := r.limit(slow); got != 20*time.Minute {
		t.Errorf("%v for what takes two minutes", got)
	}
	if got := r.limit(fast); got != 5*time.Minute {
		t.Errorf("%v for what takes a second", got)
	}
}
