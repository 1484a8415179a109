package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

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

// add appends a figure, prints it, and saves what there is so far; ours and
// plain say where a ratio comes from. A row whose name is indented is about the
// last one that is less so.
func (b *bench) add(what string, value float64, unit string, t target, ours, plain string) {
	r := row{Case: b.now, What: what, Value: value, Unit: unit, Target: t.String(), Met: t.met(value), Ours: ours, Plain: plain}
	plainWhat := strings.TrimLeft(what, " ")
	depth := min((len(what)-len(plainWhat))/2, len(b.under))
	r.Under = strings.Join(b.under[:depth], ": ")
	b.under = append(b.under[:depth], plainWhat)
	b.report.Rows = append(b.report.Rows, r)
	r.print(b.out)
	b.save()
}

// mark says whether the target is met.
func (r row) mark() string {
	switch {
	case !r.Met:
		return "MISSED"
	case r.Target != "":
		return "met"
	}
	return ""
}

// columns is the head of the table, and how wide each column is.
var columns = []struct {
	head  string
	width int
}{{"what", 78}, {"figure", 20}, {"target", 8}, {"", 6}, {"crdtstore", 12}, {"other side", 0}}

// printHead prints the head of the table.
func printHead(w io.Writer) {
	var cells []string
	for _, c := range columns {
		cells = append(cells, c.head)
	}
	printCells(w, cells)
}

// print prints the row as a line of the table; a missed target is marked, so
// that it can be found.
func (r row) print(w io.Writer) {
	printCells(w, []string{r.What, figure(r.Value) + " " + r.Unit, r.Target, r.mark(), r.Ours, r.Plain})
}

// printCells prints cells in their columns; one that is too long moves the
// others.
func printCells(w io.Writer, cells []string) {
	var b strings.Builder
	for i, c := range cells {
		b.WriteString(c)
		b.WriteString(strings.Repeat(" ", max(2, 2+columns[i].width-utf8.RuneCountInString(c))))
	}
	fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
}

// print prints why rows were left out.
func (s skip) print(w io.Writer) {
	what := s.What
	if what == "" {
		what = "all rows"
	}
	fmt.Fprintf(w, "skipped: %s: %s: %s\n", s.Case, what, s.Why)
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
