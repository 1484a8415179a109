package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/internal/cli"
)

// harmless reports whether a terminal would show all of s as it stands.
func harmless(s string) bool {
	for _, r := range s {
		if r == '\n' || r == '\t' {
			continue
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029 || r == unicode.ReplacementChar {
			return false
		}
	}
	return true
}

// TestSafe: whatever comes in, what comes out is harmless; JSON keeps its value.
func TestSafe(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(rt, "text")
		if out := cli.Safe(s); !harmless(strings.ReplaceAll(out, "\ufffd", "")) || strings.ContainsAny(out, "\n\t") {
			rt.Fatalf("%q: %q", s, out)
		}
		value, err := json.Marshal(s)
		if err != nil {
			rt.Fatal(err)
		}
		var want, got string
		safe := cli.SafeJSON(value)
		if err := errors.Join(json.Unmarshal(value, &want), json.Unmarshal(safe, &got)); err != nil || got != want {
			rt.Fatalf("%q became %q: %v", want, got, err)
		}
		if !harmless(strings.ReplaceAll(string(safe), "\ufffd", "")) {
			rt.Fatalf("%q", safe)
		}
	})
	for in, want := range map[string]string{
		"a\x1b[31mb": `a\x1b[31mb`, "\u202eab": `\u202eab`, "\xff": `\xff`, "a\nb": `a\nb`, "é 日本 👩‍👩‍👧 \\": "é 日本 👩‍👩‍👧 \\", "\u009b": `\u009b`, "\U000e0041": `\U000e0041`,
	} {
		if got := cli.Safe(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := string(cli.SafeJSON([]byte("\"\U000e0041\x7f\""))); got != `"\udb40\udc41\u007f"` {
		t.Error(got)
	}
}

type row struct {
	Key string `json:"key"`
	N   int    `json:"n"`
}

// printed is what a list of two rows looks like.
func printed(t *testing.T, terminal bool, format cli.Format, jq string) string {
	t.Helper()
	var query *cli.Query
	if jq != "" {
		var err error
		if query, err = cli.ParseQuery(jq); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	p, err := cli.NewPrinter(&b, terminal, format, query)
	if err != nil {
		t.Fatal(err)
	}
	l := p.List("KEY", "N")
	for i, k := range []string{"a\x1b", "<b>"} {
		if err := l.Add(row{k, i}, k, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestListOfNothing: what is empty is said to be so to people, and to nobody else.
func TestListOfNothing(t *testing.T) {
	query, err := cli.ParseQuery("length")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		terminal bool
		format   cli.Format
		query    *cli.Query
		want     string
	}{
		{true, cli.FormatAuto, nil, "none\n"},
		{true, cli.FormatTable, nil, "none\n"},
		{false, cli.FormatTable, nil, ""},
		{false, cli.FormatAuto, nil, ""},
		{true, cli.FormatRaw, nil, ""},
		{true, cli.FormatNDJSON, nil, ""},
		{true, cli.FormatJSON, nil, "[]\n"},
		{true, cli.FormatAuto, query, "0\n"},
	} {
		var b bytes.Buffer
		p, err := cli.NewPrinter(&b, c.terminal, c.format, c.query)
		if err == nil {
			err = p.List("KEY").Or("none").Close()
		}
		if err != nil || b.String() != c.want {
			t.Errorf("terminal %v, -o %q: %q, want %q: %v", c.terminal, c.format, b.String(), c.want, err)
		}
	}
}

func TestListFormats(t *testing.T) {
	for _, c := range []struct {
		terminal bool
		format   cli.Format
		jq, want string
	}{
		{true, cli.FormatAuto, "", "KEY    N\na\\x1b  0\n<b>    1\n"},
		{false, cli.FormatTable, "", "KEY    N\na\\x1b  0\n<b>    1\n"},
		{false, cli.FormatAuto, "", "a\\x1b\t0\n<b>\t1\n"},
		{false, cli.FormatJSON, "", "[{\"key\":\"a\\u001b\",\"n\":0},\n{\"key\":\"<b>\",\"n\":1}]\n"},
		{false, cli.FormatNDJSON, "", "{\"key\":\"a\\u001b\",\"n\":0}\n{\"key\":\"<b>\",\"n\":1}\n"},
		{false, cli.FormatRaw, "", "a\x1b\n<b>\n"},
		{true, cli.FormatRaw, "", "a\\x1b\n<b>\n"},
		{false, cli.FormatAuto, "length", "2\n"},
		{false, cli.FormatNDJSON, ".n", "0\n1\n"},
		{false, cli.FormatRaw, ".key", "a\x1b\n<b>\n"},
		{true, cli.FormatRaw, ".key", "a\\x1b\n<b>\n"},
		{true, cli.FormatJSON, "map(.n)", "[\n  0,\n  1\n]\n"},
	} {
		if got := printed(t, c.terminal, c.format, c.jq); got != c.want {
			t.Errorf("terminal %v, -o %q, --jq %q:\n%q, want\n%q", c.terminal, c.format, c.jq, got, c.want)
		}
	}
	if _, err := cli.NewPrinter(nil, false, "xml", nil); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("-o xml: %v", err)
	}
	if _, err := cli.ParseQuery(".["); cli.ExitCode(err) != cli.ExitUsage {
		t.Errorf("--jq .[: %v", err)
	}
}

// TestQueryKeepsNumbers: a value prints as it came.
func TestQueryKeepsNumbers(t *testing.T) {
	q, err := cli.ParseQuery(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1.0", "9223372036854775807", "1e-7", `{"a":[1.50,2]}`} {
		err := q.Run([]byte(text), func(got []byte) error {
			if string(got) != text {
				t.Errorf("%s became %s", text, got)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	fails, err := cli.ParseQuery(".a.b")
	if err != nil {
		t.Fatal(err)
	}
	if err := fails.Run([]byte(`{"a":1}`), func([]byte) error { return nil }); err == nil {
		t.Error("a number has no field")
	}
}

func TestExitCodes(t *testing.T) {
	for want, err := range map[int]error{
		cli.ExitOK:      nil,
		cli.ExitFailure: errors.New("x"),
		cli.ExitUsage:   fmt.Errorf("outer: %w", cli.Usagef("inner")),
		cli.ExitFinding: cli.Exit(cli.ExitFinding),
	} {
		if got := cli.ExitCode(err); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}

func ExampleSafe() {
	fmt.Println(cli.Safe("people/\x1b[2Jann\u202e"))
	// Output: people/\x1b[2Jann\u202e
}
