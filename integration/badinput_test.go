package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// deep is JSON of n nested objects.
func deep(n int) string {
	return strings.Repeat(`{"d":`, n) + "1" + strings.Repeat("}", n)
}

// TestBadDocuments: each is refused with the path that is wrong, through HTTP
// and the command line, and nothing changes.
func TestBadDocuments(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	p.ctl("put", "c/k", `{"name":"Ann","n":{"$counter":1},"o":{"in":"text"}}`)
	before := p.rootByCtl("c")
	for _, c := range []struct{ what, body, names string }{
		{"malformed", `{"a":`, ""},
		{"not JSON", `hello`, ""},
		{"two values", `{} {}`, ""},
		{"empty", ``, ""},
		{"duplicate key", `{"o":{"x":1,"x":2}}`, "/o"},
		{"unknown tag", `{"o":{"$nonsense":1}}`, "/o"},
		{"counter of text", `{"o":{"$counter":"one"}}`, "/o"},
		{"set of objects", `{"o":{"$set":[{}]}}`, "/o"},
		{"integer too large", `{"o":{"n":9223372036854775808}}`, "/o/n"},
		{"number too large", `{"o":{"n":1e400}}`, "/o/n"},
		{"too deep", deep(65), "/d/d"},
		{"invalid UTF-8", "{\"o\":{\"s\":\"\xff\"}}", ""},
		{"too large", `{"s":"` + strings.Repeat("x", 1<<20) + `"}`, ""},
	} {
		a := p.request("PUT", docPath("c", "k"), c.body)
		pr := p.refusal(a, c.what)
		if !strings.Contains(a.body, c.names) {
			t.Errorf("%s: the answer does not name %s: %+v", c.what, c.names, pr)
		}
		r := p.crdtctl(c.body, "put", "c/k", "-")
		if r.code != 1 && r.code != 2 {
			t.Errorf("%s: crdtctl exit %d: %s", c.what, r.code, r.stderr)
		}
		if !strings.Contains(r.stderr, c.names) || r.stderr == "" {
			t.Errorf("%s: crdtctl does not name %s: %q", c.what, c.names, r.stderr)
		}
	}
	for _, args := range [][]string{
		{"incr", "c/k", "/name", "1"},
		{"incr", "c/k", "/n", "much"},
		{"incr", "c/k", "/n", "1.5"},
		{"incr", "c/k", "n", "1"},
		{"add", "c/k", "/name", `"x"`},
		{"patch", "c/k", "--merge", `{"a":`},
		{"put", "UPPER/k", `{}`},
		{"put", "c", `{}`},
		{"put", "c/k"},
		{"put", "c/k", `{}`, "--no-such-flag"},
		{"nonsense"},
	} {
		if r := p.ctlFails([]int{1, 2}, args...); r.stderr == "" {
			t.Errorf("crdtctl %q says nothing", args)
		}
	}
	for _, ops := range []string{`[{"op":"incr","path":"/name","by":1}]`, `[{"op":"fly","path":"/name"}]`, `{}`, `[`,
		`[{"op":"set","path":"/ok","value":1},{"op":"incr","path":"/name","by":1}]`} {
		p.refusal(p.request("PATCH", docPath("c", "k"), ops, "Content-Type: application/vnd.crdt.ops+json"), ops)
	}
	p.refusal(p.request("PATCH", docPath("c", "k"), `{}`, "Content-Type: text/plain"), "text/plain")
	if after := p.rootByCtl("c"); after != before {
		t.Errorf("something was written: %s", p.ctl("get", "c/k"))
	}
}

// TestDeepestDocument: 64 levels are allowed, and come back.
func TestDeepestDocument(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	p.ctlIn(deep(63), "put", "c/deep", "-")
	p.sees("c/deep", deep(63))
}

// TestImportNamesBadLines: the first bad line stops an import; --keep-going
// reports them all and takes the rest.
func TestImportNamesBadLines(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	lines := `{"key":"one","doc":{"n":1}}
{"key":"two","doc":{"n":}}
{"key":"three","doc":{"n":3}}
{"key":"four","doc":{"$counter":"x"}}
not a line
{"key":"six","doc":{"n":6}}
`
	r := p.crdtctl(lines, "import", "stop", "-")
	if r.code != 1 || !strings.Contains(r.stderr, "line 2") || strings.Contains(r.stderr, "line 4") {
		t.Errorf("import: exit %d: %s", r.code, r.stderr)
	}
	if _, ok := p.export("stop")["two"]; ok {
		t.Error("the bad line was written")
	}
	r = p.crdtctl(lines, "import", "go", "-", "--keep-going")
	for _, line := range []string{"line 2", "line 4", "line 5"} {
		if r.code != 1 || !strings.Contains(r.stderr, line) {
			t.Errorf("import --keep-going: exit %d, should name %s: %s", r.code, line, r.stderr)
		}
	}
	if got := p.export("go"); len(got) != 3 {
		t.Errorf("import --keep-going wrote %q", got)
	}
}

// TestExitCodes: scripts branch on them, wherever the flags stand.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "a")
	p.ctl("put", "c/k", `{"n":1}`)
	stale := cidText.FindString(p.request("GET", docPath("c", "k"), "").header.Get("ETag"))
	p.ctl("put", "c/k", `{"n":2}`)
	p.ctlFails([]int{3}, "get", "c/none")
	p.ctlFails([]int{3}, "del", "c/none")
	p.ctlFails([]int{4}, "put", "c/k", `{"n":3}`, "--if-version", stale)
	p.ctlFails([]int{4}, "put", "--if-version", stale, "c/k", `{"n":3}`)
	p.ctlFails([]int{4}, "put", "c/k", `{"n":3}`, "--if-absent")
	p.ctlFails([]int{4}, "del", "c/k", "--if-version", stale)
	p.sees("c/k", `{"n":2}`)
	p.ctlFails([]int{2}, "get")
	wrong := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(wrong, []byte(strings.Repeat("0", 64)+"\n"), 0o600))
	p.ctlFails([]int{6}, "--token-file", wrong, "invite")
	p.ctlFails([]int{5}, "--node", "http://127.0.0.1:1", "get", "c/k")
}
