package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// report is what -json writes.
type report struct {
	Go     string  `json:"go"`
	System string  `json:"system"`
	Arch   string  `json:"arch"`
	CPUs   int     `json:"cpus"`
	Memory float64 `json:"memory_gb,omitempty"`
	Docs   int     `json:"docs"`
	Took   []took  `json:"took"`
	Rows   []row   `json:"rows"`
	Skips  []skip  `json:"skips,omitempty"`
}

// took says what a case took, of what it may take with -heavy.
type took struct {
	Case    string  `json:"case"`
	Rounds  int     `json:"rounds"`
	Heavy   bool    `json:"heavy,omitempty"`
	Seconds float64 `json:"seconds"`
	Budget  float64 `json:"budget_seconds"`
}

// skip says which rows were left out, and why.
type skip struct {
	Case string `json:"case"`
	What string `json:"what,omitempty"` // all rows of the case when it is empty
	Why  string `json:"why"`
}

// row is one line of the table: a figure, held against its target.
type row struct {
	Case   string  `json:"case"`
	What   string  `json:"what"`
	Under  string  `json:"under,omitempty"` // what an indented row is about
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`   // "× plain", "ms", "B", …
	Target string  `json:"target"` // "≥ 0.25"
	Met    bool    `json:"met"`
	Ours   string  `json:"ours,omitempty"`  // absolute
	Plain  string  `json:"plain,omitempty"` // absolute, of the other side
	Points []point `json:"points,omitempty"`
}

// name is what a row is about, in full.
func (r row) name() string {
	if r.Under == "" {
		return r.What
	}
	return r.Under + ": " + strings.TrimSpace(r.What)
}

// newReport is what a run on this machine begins with.
func newReport(docs int) report {
	return report{
		Go: runtime.Version(), System: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Memory: memoryGB(), Docs: docs,
	}
}

// errOtherRun is returned when a file holds figures that do not go together
// with those of this run.
var errOtherRun = errors.New("has figures of another machine, of another Go or of another -docs")

// readReport reads what -json has written.
func readReport(path string) (r report, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// resume takes over what a file has of other cases; it is no error if there is
// no file.
func (b *bench) resume(path string) error {
	old, err := readReport(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if r := b.report; old.Go != r.Go || old.System != r.System || old.Arch != r.Arch || old.CPUs != r.CPUs || old.Docs != r.Docs {
		return fmt.Errorf("%s %w", path, errOtherRun)
	}
	b.report = old
	return nil
}

// forget drops what is there of a case, which is about to run.
func (r *report) forget(name string) {
	r.Took = slices.DeleteFunc(r.Took, func(t took) bool { return t.Case == name })
	r.Rows = slices.DeleteFunc(r.Rows, func(x row) bool { return x.Case == name })
	r.Skips = slices.DeleteFunc(r.Skips, func(s skip) bool { return s.Case == name })
}

// save writes the report, so that at every moment the file is a whole one.
func (r report) save(path string) error {
	if path == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	part := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".part")
	if err := os.WriteFile(part, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// memoryGB is the memory of the machine, 0 if the system does not tell.
func memoryGB() float64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kb float64
	if _, err := fmt.Sscanf(string(b), "MemTotal: %f kB", &kb); err != nil {
		return 0
	}
	return float64(int(kb/1e5+0.5)) / 10
}
