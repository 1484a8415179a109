package main

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestScale: whatever the values, all lie on the axis, in order, and there are
// ticks to read them by.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.Bool().Draw(t, "log")
		least := 0.0
		if log {
			least = 1e-6
		}
		values := rapid.SliceOf(rapid.Float64Range(least, 1e9)).Draw(t, "values")
		s := newScale(axis{Log: log}, 100, 700, values)
		for _, v := range values {
			if at := s.at(v); at < 100-1e-6 || at > 700+1e-6 || math.IsNaN(at) {
				t.Errorf("%g is at %g, from 100 to 700; the axis is %g to %g", v, at, s.from, s.to)
			}
			if s.at(v) > s.at(v*2+1)+1e-9 {
				t.Errorf("%g is right of %g", v, v*2+1)
			}
		}
		ticks := s.ticks()
		if len(ticks) < 2 || len(ticks) > 20 {
			t.Errorf("%d ticks from %g to %g: %v", len(ticks), s.from, s.to, ticks)
		}
		for i, v := range ticks {
			if at := s.at(v); at < 100-1e-6 || at > 700+1e-6 || i > 0 && at <= s.at(ticks[i-1]) {
				t.Errorf("tick %g at %g", v, at)
			}
		}
	})
}

// TestSVG: a picture is well-formed, whatever its names.
func TestSVG(t *testing.T) {
	p := plot{"x", "a < b & c", axis{"n", true}, axis{"ms > 0", false}, []series{
		{Name: "one & all", Points: []point{{1, 0}, {10, 5}, {1000, 2.5}}}, {Name: "dashed", Dashed: true}, {Name: "third", Points: []point{{5, 5}}},
	}}
	d := xml.NewDecoder(strings.NewReader(p.svg()))
	texts := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := token.(xml.StartElement); ok && s.Name.Local == "text" {
			texts++
		}
	}
	if texts < 3+3+4 || strings.Contains(p.svg(), "NaN") {
		t.Errorf("%d texts in %s", texts, p.svg())
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 7: "7", 0.123: "0.12", 5.678: "5.68", 12.34: "12.3", 123.4: "123", 1234.5: "1,234", 1e6: "1,000,000", -12345: "-12,345",
	} {
		if got := figure(v); got != want {
			t.Errorf("%g prints as %s, want %s", v, got, want)
		}
	}
}

// TestElsewhere: figures of the benchmark become a line of their curve.
func TestElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bench.json")
	report := `{"go":"go1","rows":[{"case":"curves","value":7,"points":[{"curve":"c","x":1000}]},{"value":1},
		{"value":5,"points":[{"curve":"d","x":1},{"curve":"c","x":10}]}]}`
	if err := os.WriteFile(path, []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	measured, err := readBench(path)
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{measured: measured}
	want := []series{{Name: "line", Dashed: true, Points: []point{{10, 5}, {1000, 7}}}}
	if _, _, err := l.against("x", []column{{"y", "e", "line", 1}}); !errors.Is(err, errNotMeasured) {
		t.Errorf("a table of nothing: %v", err)
	}
	table, lines, err := l.against("x", []column{{"y", "c", "line", 10}, {"z", "d", "", 0}})
	if err != nil || !reflect.DeepEqual(table.Rows, [][]any{{1.0, "", 5.0}, {10.0, 5.0, ""}, {1000.0, 7.0, ""}}) ||
		len(lines) != 1 || !reflect.DeepEqual(lines[0].Points, []point{{10, 50}, {1000, 70}}) {
		t.Errorf("%+v, %+v, %v", table, lines, err)
	}
	if got := l.elsewhere("line", "c"); !reflect.DeepEqual(got, want) || l.elsewhere("line", "e") != nil {
		t.Errorf("%+v", got)
	}
}
