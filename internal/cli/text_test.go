package cli_test

import (
	"bytes"
	"testing"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// TestText: a text is exact in a pipe, harmless on a terminal, and a JSON
// string for who asked for JSON.
func TestText(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		format   cli.Format
		text     string
		want     string
	}{
		{false, cli.FormatAuto, "a\tb\x1b[2J\nc", "a\tb\x1b[2J\nc\n"},
		{false, cli.FormatRaw, "a\x1b\n", "a\x1b\n"},
		{true, cli.FormatAuto, "a\tb\x1b[2J\nc", "a\tb\\x1b[2J\nc\n"},
		{true, cli.FormatRaw, "\u202ea", "\\u202ea\n"},
		{true, cli.FormatTable, "a\n", "a\n"},
		{false, cli.FormatAuto, "", ""},
		{true, cli.FormatJSON, "a\tb\x1b", "\"a\\tb\\u001b\"\n"},
		{false, cli.FormatNDJSON, "<a>\n", "\"<a>\\n\"\n"},
	} {
		var b bytes.Buffer
		p, err := cli.NewPrinter(&b, c.terminal, c.format, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Text(c.text); err != nil || b.String() != c.want {
			t.Errorf("terminal %v, -o %q, %q: %q %v, want %q", c.terminal, c.format, c.text, b.String(), err, c.want)
		}
	}
}
