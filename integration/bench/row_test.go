package main

import (
	"strings"
	"testing"
	"time"
)

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		t    target
		v    float64
		text string
		met  bool
	}{
		{target{}, 7, "", true},
		{atLeast(0.25), 0.25, "≥ 0.25", true},
		{atLeast(0.25), 0.24, "≥ 0.25", false},
		{atMost(256), 256, "≤ 256", true},
		{atMost(256), 257, "≤ 256", false},
	} {
		if c.t.String() != c.text || c.t.met(c.v) != c.met {
			t.Errorf("%+v: %q, met by %g: %v", c.t, c.t, c.v, c.t.met(c.v))
		}
	}
}

func TestPercentile(t *testing.T) {
	v := []float64{5, 1, 4, 2, 3}
	for p, want := range map[float64]float64{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		if got := percentile(v, p); got != want {
			t.Errorf("percentile %g = %g, want %g", p, got, want)
		}
	}
}

func TestPrintMarksWhatIsMissed(t *testing.T) {
	b := &bench{}
	b.add("get", 1.5, "× its time", atMost(1.3), "100.0k/s", "150.0k/s")
	b.add("put", 0.5, "× plain", atLeast(0.25), "50.0k/s", "100.0k/s")
	var out strings.Builder
	if err := print(&out, b.rows, []skip{{"typing", "", "no data"}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if !strings.Contains(lines[1], "MISSED") || strings.Contains(lines[2], "MISSED") || !strings.Contains(lines[2], "met") || lines[3] != "skipped: typing: all rows: no data" {
		t.Errorf("table:\n%s", out.String())
	}
}

// TestSmallRun runs every case once on little data, so that the benchmark
// still works on the day that somebody needs it.
func TestSmallRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a dozen nodes")
	}
	b := &bench{rounds: 1, docs: 2000}
	start := time.Now()
	if err := b.main(t.TempDir(), "", true, false); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range b.rows {
		seen[r.Case] = true
		if r.What == "" || r.Value != r.Value {
			t.Errorf("row %+v", r)
		}
	}
	for _, s := range b.skips {
		t.Logf("skipped: %+v", s)
		seen[s.Case] = true
	}
	for _, c := range cases {
		if !seen[c.name] {
			t.Errorf("%s measured nothing", c.name)
		}
	}
	t.Logf("%d rows in %v", len(b.rows), time.Since(start).Round(time.Millisecond))
}
