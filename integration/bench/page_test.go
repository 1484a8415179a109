package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublish: the table replaces what was between its lines, and says of each
// limit whether it is met.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	page, figures := filepath.Join(dir, "page.md"), filepath.Join(dir, "figures.json")
	if err := os.WriteFile(page, []byte("# A\n"+beginTable+"old\n"+endTable+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := report{Go: "go1", System: "linux", Arch: "amd64", CPUs: 2, Memory: 8, Docs: 1000, Rows: []row{
		{Case: "batch", What: "batches of 100, durable", Value: 0.5, Unit: "× plain", Target: "≥ 0.4", Met: true, Ours: "50k/s", Plain: "100k/s"},
		{Case: "burst", What: "burst of 5000 puts on one of 3: last put to equal roots", Value: 2, Unit: "s", Target: "≤ 1"},
	}}
	if err := r.save(figures); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second changes nothing
		if err := publish(page, figures); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# A\n" + beginTable, endTable + "after\n",
		"go1 on linux/amd64, 2 processors, 8 GB",
		"| batches of 100, durable | plain 108–182k/s | 50k/s | 100k/s | 0.50 × plain | ≥ 0.4 | met | `-run '^(batch)$'` |",
		"| 2.00 s | ≤ 1 | **missed** |",
		"1 met, 1 missed,",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "old") {
		t.Error("what was there is still there")
	}
	if err := os.WriteFile(page, []byte("# A\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := publish(page, figures); !errors.Is(err, errPlace) {
		t.Errorf("a page without a place: %v", err)
	}
}

// TestResume: rows of cases that do not run stay in the file, and figures of
// another size are not mixed with those of this run.
func TestResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "figures.json")
	a := &bench{docs: 1000, json: path, out: &strings.Builder{}, report: newReport(1000)}
	a.now = "get"
	a.add("get", 1, "s", target{}, "", "")
	a.now = "put"
	a.add("put", 1, "s", target{}, "", "")
	b := &bench{docs: 1000, json: path, out: &strings.Builder{}, report: newReport(1000)}
	if err := b.resume(path); err != nil {
		t.Fatal(err)
	}
	if err := b.runCase(benchCase{name: "put", run: func(b *bench) error { b.add("put", 2, "s", target{}, "", ""); return nil }}); err != nil {
		t.Fatal(err)
	}
	r, err := readReport(path)
	if err != nil || len(r.Rows) != 2 || r.Rows[0].What != "get" || r.Rows[1].Value != 2 || len(r.Took) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	c := &bench{docs: 2000, report: newReport(2000)}
	if err := c.resume(path); !errors.Is(err, errOtherRun) {
		t.Errorf("figures of another size: %v", err)
	}
}
