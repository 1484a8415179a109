package integration

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// hostileKeys are legal, and each has broken something somewhere.
var hostileKeys = []string{
	"a/b/c", "with space", " leading and trailing ", "a%2Fb", "100%", "%", "%zz", "what?", "a?b=c&d", "#top", "a#b",
	`"quoted"`, `'single'`, "back`tick`", "$(touch /tmp/never)", "${HOME}", "a;b|c&d>e<f", `back\slash`, "*", "~", "-rf", "--help",
	"emoji 🦊👩‍👩‍👧", "\u202eright-to-left", "\u200b", "\ufeff", "a\u0301", "\u00e1", "tab\there", "line\nbreak", "bell\a\x1b[31mred\x1b[0m", "\u009b31m",
	"...", "a/...", "=", "+", "a+b", "@file", "-", "{}", "[1]", "null", "\x7f",
	strings.Repeat("k", 1024), strings.Repeat("🦊", 256), strings.Repeat("a/", 511) + "aa",
}

// everyByte are keys that hold each ASCII character but NUL, and "/" and ".",
// which keys above have.
func everyByte() (keys []string) {
	for c := byte(1); c < 0x80; c++ {
		if c != '/' && c != '.' {
			keys = append(keys, string(rune(c)), "x"+string(rune(c))+"y")
		}
	}
	return keys
}

// illegalKeys are refused everywhere. The third column of the design's rule:
// empty, "." and ".." segments, NUL, invalid UTF-8, more than 1,024 bytes.
var illegalKeys = []string{
	"", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b", "a/../../b",
	"nul\x00", "\x00", "bad\xff", "\xc3\x28", "\xed\xa0\x80", strings.Repeat("k", 1025),
}

// TestHostileKeys writes through every surface, and reads through all others.
func TestHostileKeys(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	keys := slices.Compact(slices.Sorted(slices.Values(append(everyByte(), hostileKeys...))))
	want := func(i int) string { return fmt.Sprintf(`{"i":%d}`, i) }

	var lines strings.Builder
	for i, key := range keys {
		if a := p.request("PUT", docPath("http", key), want(i)); a.status/100 != 2 {
			t.Errorf("HTTP PUT %q: %d %s", key, a.status, a.body)
		}
		line, _ := json.Marshal(map[string]any{"key": key, "doc": map[string]int{"i": i}})
		lines.Write(append(line, '\n'))
	}
	p.ctlIn(lines.String(), "import", "imported", "-")
	for i, key := range hostileKeys {
		p.ctl("put", "--", "cli/"+key, want(i))
	}

	for collection, written := range map[string][]string{"http": keys, "imported": keys, "cli": hostileKeys} {
		exported := p.export(collection)
		if len(exported) != len(written) {
			t.Errorf("%s: export has %d documents, want %d", collection, len(exported), len(written))
		}
		for i, key := range written {
			if d := diffJSON(exported[key], want(i)); d != "" {
				t.Errorf("%s: export of %q: %s", collection, key, d)
			}
			if a := p.request("GET", docPath(collection, key), ""); a.status != 200 || diffJSON(a.body, want(i)) != "" {
				t.Errorf("%s: HTTP GET %q: %d %s", collection, key, a.status, a.body)
			}
		}
		for i, key := range hostileKeys {
			if collection == "cli" {
				if d := diffJSON(p.ctl("get", "--", "cli/"+key), want(i)); d != "" {
					t.Errorf("crdtctl get %q: %s", key, d)
				}
			}
		}
		checkHarmless(t, "ls "+collection, p.ctl("ls", collection))
		checkHarmless(t, "ls -o table "+collection, p.ctl("-o", "table", "ls", collection))
	}
	// An escaped slash is a slash.
	if a := p.request("GET", "/v1/docs/http/a%2Fb%2Fc", ""); a.status != 200 {
		t.Errorf("GET of a%%2Fb%%2Fc: %d %s", a.status, a.body)
	}
	r := p.crdtctl("", "get", "--", "cli/no\x1b[31msuch\u202ekey")
	checkHarmless(t, "get of a missing key", r.stdout+r.stderr)
	if r.code != 3 {
		t.Errorf("get of a missing key: exit %d", r.code)
	}
}

// checkHarmless fails for text that would do something to a terminal.
func checkHarmless(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) || r == utf8.RuneError {
			t.Errorf("%s prints %U: %q", what, r, text[max(0, i-20):min(len(text), i+20)])
			return
		}
	}
}

// TestIllegalKeys: HTTP, command line and import refuse, and nothing is there
// afterwards; so export has nothing to refuse.
func TestIllegalKeys(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	p.ctl("put", "c/only", `{}`)
	for _, key := range illegalKeys {
		for _, method := range []string{"PUT", "GET", "DELETE", "PATCH"} {
			path := "/v1/docs/c/" + escapeAll(key)
			if key == "" && method == "GET" {
				continue // that is the listing
			}
			a := p.request(method, path, `{"evil":1}`, "Content-Type: application/merge-patch+json")
			if a.status < 400 || a.status > 499 {
				t.Errorf("%s %q: %d %s", method, key, a.status, a.body)
			}
		}
		if !strings.Contains(key, "\x00") { // no argument can hold NUL
			p.ctlFails([]int{1, 2}, "put", "--", "c/"+key, `{"evil":1}`)
		}
		line := `{"key":` + rawQuote(key) + `,"doc":{"evil":1}}` + "\n"
		if r := p.crdtctl(line, "import", "c", "-"); r.code != 1 && r.code != 2 || !strings.Contains(r.stderr, "1") {
			t.Errorf("import of %q: exit %d, and the line number should be named: %s", key, r.code, r.stderr)
		}
	}
	for _, collection := range []string{"", "Upper", "sp ace", "sl/ash", "ümlaut", strings.Repeat("c", 65)} {
		if a := p.request("PUT", "/v1/docs/"+url.PathEscape(collection)+"/k", `{}`); a.status < 400 || a.status > 499 {
			t.Errorf("collection %q: %d %s", collection, a.status, a.body)
		}
	}
	if got := p.export("c"); len(got) != 1 {
		t.Errorf("an illegal key was written: %q", got)
	}
}

// escapeAll escapes every byte, so that no client in between tidies the path.
func escapeAll(key string) string {
	var b strings.Builder
	for _, c := range []byte(key) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// rawQuote is a JSON string with the bytes of key as they are, NUL escaped.
func rawQuote(key string) string {
	return `"` + strings.ReplaceAll(key, "\x00", `\u0000`) + `"`
}
