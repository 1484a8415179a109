package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// flushRows is how many rows of a table are aligned with one another. It
// bounds the memory of a long list.
const flushRows = 200

// List writes the items of one command, one at a time. Nothing is kept but
// the rows of a table that are being aligned, and, with --jq and -o json, the
// array that the expression is for.
type List struct {
	p      *Printer
	header []string
	none   string // "" is said of nothing
	table  *tabwriter.Writer
	rows   int
	array  *bytes.Buffer // collects for --jq; nil otherwise
	live   bool
}

// List starts a list with the given column names.
func (p *Printer) List(header ...string) *List {
	l := &List{p: p, header: header}
	if p.query != nil && p.format != FormatNDJSON && p.format != FormatRaw {
		l.array = new(bytes.Buffer)
	}
	return l
}

// Or is what a table on a terminal says when nothing was added: who has asked must not wonder whether it was looked at. A pipe
// is given nothing, and JSON an empty array.
func (l *List) Or(none string) *List {
	l.none = none
	return l
}

// Live starts a list without an end: every item is shown at once, a JSON
// value a line, and --jq applies to each.
func (p *Printer) Live(header ...string) *List {
	return &List{p: p, header: header, live: true}
}

// Add writes one item: v for JSON, cells for tables. Cells are made safe
// here; raw writes the first cell.
func (l *List) Add(v any, cells ...string) error { return l.AddPlain(v, cells, cells...) }

// AddPlain is Add with fewer cells for a pipe: what the next program reads.
func (l *List) AddPlain(v any, plain []string, cells ...string) error {
	text, err := marshal(v)
	if err != nil {
		return err
	}
	defer func() { l.rows++ }()
	switch {
	case l.array != nil:
		return l.element(l.array, text)
	case l.p.query != nil:
		return l.p.query.Run(text, l.p.line)
	case l.p.format == FormatNDJSON, l.live && l.p.format == FormatJSON:
		_, err := l.p.out.Write(append(SafeJSON(text), '\n'))
		return err
	case l.p.format == FormatJSON:
		return l.element(l.p.out, SafeJSON(text))
	case l.p.format == FormatRaw && !l.p.terminal:
		_, err := fmt.Fprintln(l.p.out, cells[0])
		return err
	case l.p.format == FormatRaw:
		_, err := fmt.Fprintln(l.p.out, Safe(cells[0]))
		return err
	}
	if l.p.format == formatPlain {
		cells = plain
	}
	return l.row(cells)
}

func (l *List) row(cells []string) error {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = Safe(cell)
	}
	line := strings.Join(safe, "\t") + "\n"
	if l.p.format == formatPlain {
		_, err := io.WriteString(l.p.out, line)
		return err
	}
	if l.table == nil {
		l.table = tabwriter.NewWriter(l.p.out, 0, 8, 2, ' ', tabwriter.StripEscape)
		if _, err := io.WriteString(l.table, strings.Join(l.header, "\t")+"\n"); err != nil {
			return err
		}
	}
	if _, err := io.WriteString(l.table, line); err != nil {
		return err
	}
	if l.live || l.rows%flushRows == flushRows-1 {
		return l.table.Flush()
	}
	return nil
}

func (l *List) element(w io.Writer, text []byte) error {
	separator := ",\n"
	if l.rows == 0 {
		separator = "["
	}
	_, err := fmt.Fprintf(w, "%s%s", separator, text)
	return err
}

// Fail ends a list that cannot be ended otherwise than with err, which it returns: what was added is
// printed as whole, and where that is nothing nothing is, since an empty list would be an answer.
func (l *List) Fail(err error) error {
	if l.rows == 0 {
		return err
	}
	return errors.Join(err, l.Close())
}

// Close ends the list. It must be called once, also when nothing was added.
func (l *List) Close() error {
	end := "]\n"
	if l.rows == 0 {
		end = "[]\n"
	}
	switch {
	case l.array != nil:
		l.array.WriteString(end)
		return l.p.query.Run(l.array.Bytes(), l.p.line)
	case l.p.query == nil && l.p.format == FormatJSON && !l.live:
		_, err := io.WriteString(l.p.out, end)
		return err
	case l.table != nil:
		return l.table.Flush()
	case l.rows == 0 && l.none != "" && l.p.terminal && l.p.query == nil && l.p.format == FormatTable:
		_, err := fmt.Fprintln(l.p.out, l.none)
		return err
	}
	return nil
}
