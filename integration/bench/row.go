package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// report is what -json prints.
type report struct {
	Go     string `json:"go"`
	Arch   string `json:"arch"`
	CPUs   int    `json:"cpus"`
	Docs   int    `json:"docs"`
	Rounds int    `json:"rounds"`
	Rows   []row  `json:"rows"`
	Skips  []skip `json:"skips,omitempty"`
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
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`   // "× plain", "ms", "B", …
	Target string  `json:"target"` // "≥ 0.25"
	Met    bool    `json:"met"`
	Ours   string  `json:"ours,omitempty"`  // absolute
	Plain  string  `json:"plain,omitempty"` // absolute, of the other side
	Points []point `json:"points,omitempty"`
}

// target is a bound; the zero value is none.
type target struct {
	bound float64
	least bool
}

func atLeast(v float64) target { return target{v, true} }
func atMost(v float64) target  { return target{v, false} }

func (t target) String() string {
	switch {
	case t == target{}:
		return ""
	case t.least:
		return fmt.Sprintf("≥ %g", t.bound)
	default:
		return fmt.Sprintf("≤ %g", t.bound)
	}
}

func (t target) met(v float64) bool {
	return t == target{} || t.least && v >= t.bound || !t.least && v <= t.bound
}

// add appends a figure; ours and plain say where a ratio comes from.
func (b *bench) add(what string, value float64, unit string, t target, ours, plain string) {
	b.rows = append(b.rows, row{What: what, Value: value, Unit: unit, Target: t.String(), Met: t.met(value), Ours: ours, Plain: plain})
}

// print writes the table; a missed target is marked, so that it can be found.
func print(w io.Writer, rows []row, skips []skip) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "what\tfigure\ttarget\t\tcrdtstore\tother side")
	for _, r := range rows {
		mark := ""
		if r.Target != "" {
			mark = "met"
		}
		if !r.Met {
			mark = "MISSED"
		}
		fmt.Fprintf(tw, "%s\t%s %s\t%s\t%s\t%s\t%s\n", r.What, figure(r.Value), r.Unit, r.Target, mark, r.Ours, r.Plain)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, s := range skips {
		what := s.What
		if what == "" {
			what = "all rows"
		}
		if _, err := fmt.Fprintf(w, "skipped: %s: %s: %s\n", s.Case, what, s.Why); err != nil {
			return err
		}
	}
	return nil
}

// figure prints three digits of what matters.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// rate prints operations per second.
func rate(v float64) string { return fmt.Sprintf("%.1fk/s", v/1000) }
