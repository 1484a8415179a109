package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// table is what one experiment has shown.
type table struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Columns []string `json:"columns"` // with their units
	Rows    [][]any  `json:"rows"`    // a string or a float64 for each column
	Plots   []plot   `json:"-"`
}

// add appends a row; durations become milliseconds.
func (t *table) add(cells ...any) {
	row := make([]any, len(cells))
	for i, c := range cells {
		switch c := c.(type) {
		case time.Duration:
			row[i] = float64(c) / float64(time.Millisecond)
		case int:
			row[i] = float64(c)
		case int64:
			row[i] = float64(c)
		default:
			row[i] = c
		}
	}
	t.Rows = append(t.Rows, row)
}

// text prints the table in columns.
func (t table) text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\n", t.Title)
	fmt.Fprintln(tw, strings.Join(t.Columns, "\t")+"\t")
	for _, r := range t.Rows {
		fmt.Fprintln(tw, strings.Join(cells(r), "\t")+"\t")
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// markdown is the table for a page.
func (t table) markdown() string {
	var b strings.Builder
	b.WriteString("| " + strings.Join(t.Columns, " | ") + " |\n|" + strings.Repeat("---:|", len(t.Columns)) + "\n")
	for _, r := range t.Rows {
		b.WriteString("| " + strings.Join(cells(r), " | ") + " |\n")
	}
	return b.String()
}

func cells(row []any) []string {
	out := make([]string, len(row))
	for i, c := range row {
		if f, ok := c.(float64); ok {
			out[i] = figure(f)
		} else {
			out[i] = fmt.Sprint(c)
		}
	}
	return out
}

// figure prints a number with three digits of what matters, thousands apart.
func figure(v float64) string {
	switch a := math.Abs(v); {
	case v == math.Trunc(v) && a < 1e15:
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 100:
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

func thousands(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}
