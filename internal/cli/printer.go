package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Format is how a Printer writes.
type Format string

// The formats of -o. FormatAuto is a table on a terminal and plain otherwise;
// plain is tab-separated lines without a header, and has no name of its own.
const (
	FormatAuto   Format = ""
	FormatTable  Format = "table"
	FormatJSON   Format = "json"
	FormatNDJSON Format = "ndjson"
	FormatRaw    Format = "raw"
	formatPlain  Format = "plain"
)

// Printer writes the data of one command.
type Printer struct {
	out      io.Writer
	format   Format
	terminal bool
	query    *Query // nil without --jq
}

// NewPrinter returns a Printer on out, which is a terminal or not. query may
// be nil. It returns a usage error when format is none of the five.
func NewPrinter(out io.Writer, terminal bool, format Format, query *Query) (*Printer, error) {
	switch format {
	case FormatTable, FormatJSON, FormatNDJSON, FormatRaw:
	case FormatAuto:
		if format = formatPlain; terminal {
			format = FormatTable
		}
	default:
		return nil, Usagef("-o %q: want table, json, ndjson or raw", Safe(string(format)))
	}
	return &Printer{out: out, format: format, terminal: terminal, query: query}, nil
}

// Value writes one JSON value: indented for a table on a terminal, else on
// one line. Raw writes a string without its quotes.
func (p *Printer) Value(text []byte) error {
	if p.query != nil {
		return p.query.Run(text, p.line)
	}
	return p.line(text)
}

// Marshal is Value of v's JSON.
func (p *Printer) Marshal(v any) error {
	text, err := marshal(v)
	if err != nil {
		return err
	}
	return p.Value(text)
}

// Fact writes one thing that a program reads as v's JSON and a person as
// text: a version, a root. Text that came from a peer is made safe.
func (p *Printer) Fact(v any, text string) error {
	if p.query != nil || p.format == FormatJSON || p.format == FormatNDJSON {
		return p.Marshal(v)
	}
	if p.format == FormatRaw && !p.terminal {
		_, err := fmt.Fprintln(p.out, text)
		return err
	}
	_, err := fmt.Fprintln(p.out, SafeLines(text))
	return err
}

// Text writes a text that a document holds: as a JSON string where JSON was
// asked for, else as it is, and a line feed where it does not end in one. On a
// terminal it is made safe.
func (p *Printer) Text(text string) error {
	if p.query != nil || p.format == FormatJSON || p.format == FormatNDJSON {
		return p.Marshal(text)
	}
	if p.terminal {
		text = SafeLines(text)
	}
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, err := io.WriteString(p.out, text)
	return err
}

// line writes one JSON value and a line feed.
func (p *Printer) line(text []byte) error {
	var b bytes.Buffer
	switch {
	case p.format == FormatRaw:
		return p.raw(text)
	case p.terminal && p.format != FormatNDJSON:
		if err := json.Indent(&b, text, "", "  "); err != nil {
			return err
		}
	default:
		if err := json.Compact(&b, text); err != nil {
			return err
		}
	}
	b.WriteByte('\n')
	_, err := p.out.Write(SafeJSON(b.Bytes()))
	return err
}

// raw writes a string as it is, anything else as compact JSON. On a terminal
// it is made safe all the same.
func (p *Printer) raw(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) != nil || len(text) > 0 && text[0] != '"' {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return err
		}
		s = b.String()
	}
	if p.terminal {
		s = SafeLines(s)
	}
	_, err := fmt.Fprintln(p.out, s)
	return err
}

// marshal is json.Marshal without its escapes for HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
