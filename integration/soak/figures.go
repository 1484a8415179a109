package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/integration/process"
)

// figure is something that may not grow.
type figure struct {
	name  string
	unit  string  // behind the name
	slack float64 // what it may grow by, whatever it was
	read  func(*process.Peer) (float64, error)
}

var figures = []figure{
	{"memory", ", MB", 24, residentMB},
	{"goroutines", "", 60, func(p *process.Peer) (float64, error) { return p.Metric("go_goroutines") }},
	{"open files", "", 30, openFiles},
	{"disk", ", MB", 48, diskMB},
}

// residentMB is what the process has in memory of its own; mapped tables can be
// let go of at any moment, and do not count.
func residentMB(p *process.Peer) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid()))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(b) {
		if rest, ok := strings.CutPrefix(string(line), "RssAnon:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1000, err
		}
	}
	return 0, fmt.Errorf("no RssAnon of process %d", p.Pid())
}

func openFiles(p *process.Peer) (float64, error) {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.Pid()))
	return float64(len(all)), err
}

func diskMB(p *process.Peer) (float64, error) {
	total := int64(0)
	err := filepath.WalkDir(p.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // files come and go
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return float64(total) / 1e6, err
}

// median is that of some samples.
func median(samples []float64) float64 {
	if len(samples) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(samples))
	return s[len(s)/2]
}

// bounded compares the last quarter of the samples with the second.
func (f figure) bounded(samples []float64) (before, after float64, ok bool) {
	n := len(samples)
	before, after = median(samples[n/4:n/2]), median(samples[n-n/4:])
	return before, after, after <= before*1.5+f.slack
}
