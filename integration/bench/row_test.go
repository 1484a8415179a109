package main

import (
	"io"
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

// TestPrint: a row is printed when it is added, in columns, and says whether
// its target is missed.
func TestPrint(t *testing.T) {
	var out strings.Builder
	b := &bench{out: &out, now: "get"}
	b.add("get", 1.5, "× its time", atMost(1.3), "100.0k/s", "150.0k/s")
	if !strings.Contains(out.String(), "MISSED") {
		t.Errorf("%s", out.String())
	}
	out.Reset()
	b.add("  warm", 0.5, "× plain", atLeast(0.25), "50.0k/s", "100.0k/s")
	if !strings.Contains(out.String(), "met") || strings.Contains(out.String(), "MISSED") {
		t.Errorf("%s", out.String())
	}
	b.add("    twice", 1, "", target{}, "", "")
	b.add("put", 1, "", target{}, "", "")
	for i, want := range []string{"get", "get: warm", "get: warm: twice", "put"} {
		if got := b.report.Rows[i].name(); got != want {
			t.Errorf("row %d is %q, want %q", i, got, want)
		}
	}
	out.Reset()
	skip{"typing", "", "no data"}.print(&out)
	if out.String() != "skipped: typing: all rows: no data\n" {
		t.Errorf("%q", out.String())
	}
}

// TestSmallRun runs every case once on little data, so that the benchmark
// still works on the day that somebody needs it.
func TestSmallRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a dozen nodes")
	}
	b := &bench{rounds: 1, docs: 500, out: io.Discard}
	start := time.Now()
	if err := b.main(t.TempDir(), "", false); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range b.report.Rows {
		seen[r.Case] = true
		if r.What == "" || r.Value != r.Value {
			t.Errorf("row %+v", r)
		}
	}
	for _, s := range b.report.Skips {
		t.Logf("skipped: %+v", s)
		seen[s.Case] = true
	}
	for _, c := range cases {
		if !seen[c.name] {
			t.Errorf("%s measured nothing", c.name)
		}
	}
	t.Logf("%d rows in %v", len(b.report.Rows), time.Since(start).Round(time.Millisecond))
}
