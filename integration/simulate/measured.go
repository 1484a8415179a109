package main

import (
	"cmp"
	"errors"
	"slices"
)

// errNotMeasured is returned by experiments that need the figures of -bench.
var errNotMeasured = errors.New("needs -bench, the figures of integration/bench")

// curve is the points of a curve of integration/bench, in order; nil if it has
// none of that name.
func (l *lab) curve(name string) (points []point) {
	for _, m := range l.measured {
		for _, p := range m.Points {
			if p.Curve == name {
				points = append(points, point{p.X, m.Value})
			}
		}
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.X, b.X) })
	return points
}

// column is a curve of integration/bench in a table and in a plot.
type column struct {
	head  string
	curve string
	name  string // of the line; "" draws none
	scale float64
}

// ondisk: real peers on disk over loopback, against the number of documents.
func (l *lab) ondisk() (table, error) {
	t, lines, err := l.against("documents", []column{
		{"empty peer s", "fresh peer: time, against documents", "empty peer", 1000},
		{"equal peers bytes", "equal peers: bytes, against documents", "", 0},
		{"ms", "equal peers: time, against documents", "equal peers", 1},
		{"100 differ: metadata bytes", "100 differences: metadata bytes, against documents", "", 0},
		{"ms", "100 differences: time, against documents", "100 differ", 1},
		{"root after one write ms", "root after one write: time, against documents", "root after a write", 1},
	})
	t.Title = "Two peers on disk, over loopback, with so many documents"
	t.Plots = []plot{{"ondisk-documents", "Peers on disk: time against what they hold", axis{"documents", true}, axis{"milliseconds", true}, lines}}
	return t, err
}

// ondiskdiffer: the same, against what differs.
func (l *lab) ondiskdiffer() (table, error) {
	t, lines, err := l.against("differ", []column{
		{"metadata bytes", "metadata bytes, against differences", "", 0},
		{"ms", "time, against differences", "until roots are equal", 1},
	})
	t.Title = "Two peers on disk, over loopback, with the most documents, when so many differ"
	t.Plots = []plot{{"ondisk-differences", "Peers on disk: time against what differs", axis{"documents that differ", true}, axis{"milliseconds", true}, lines}}
	return t, err
}

// against is a table of curves over one axis, and those of them that are drawn.
func (l *lab) against(x string, columns []column) (t table, lines []series, err error) {
	t.Columns = []string{x}
	var xs []float64
	at := make([]map[float64]float64, len(columns))
	for i, c := range columns {
		t.Columns = append(t.Columns, c.head)
		at[i] = map[float64]float64{}
		s := series{Name: c.name}
		for _, p := range l.curve(c.curve) {
			at[i][p.X] = p.Y
			xs = append(xs, p.X)
			s.Points = append(s.Points, point{p.X, p.Y * c.scale})
		}
		if c.name != "" {
			lines = append(lines, s)
		}
	}
	slices.Sort(xs)
	for _, v := range slices.Compact(xs) {
		cells := []any{v}
		for _, column := range at {
			if y, ok := column[v]; ok {
				cells = append(cells, y)
			} else {
				cells = append(cells, "")
			}
		}
		t.add(cells...)
	}
	if len(t.Rows) == 0 {
		return t, nil, errNotMeasured
	}
	return t, lines, nil
}
