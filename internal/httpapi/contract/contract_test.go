package contract_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestPathsAreInverse: what a path is made from is what it means.
func TestPathsAreInverse(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.String().Filter(func(s string) bool { return crdt.CheckKey(s) == nil }).Draw(rt, "key")
		path := contract.DocumentPath("c-1", key)
		for i := range len(path) {
			if path[i] <= ' ' || path[i] >= 0x7f || strings.IndexByte(`?#"<>\^{}|`+"`", path[i]) >= 0 {
				rt.Fatalf("%q has the byte %q", path, path[i])
			}
		}
		collection, got, ok := contract.Match("/v1/docs/{collection}/{key...}", path)
		if !ok || collection != "c-1" || got != key {
			rt.Fatalf("%q means %q, %q, %v", path, collection, got, ok)
		}
		conflicts := contract.ConflictsPath("c-1", key)
		if _, got, ok := contract.Match("/v1/conflicts/{collection}/{key...}", conflicts); !ok || got != key {
			rt.Fatalf("%q means %q, %v", conflicts, got, ok)
		}
	})
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, path, want string
	}{
		{"/v1/docs/{collection}", "/v1/docs/c", "c||true"},
		{"/v1/docs/{collection}", "/v1/docs/c/", "||false"},
		{"/v1/docs/{collection}", "/v1/docs", "||false"},
		{"/v1/docs/{collection}/{key...}", "/v1/docs/c/", "c||true"},
		{"/v1/docs/{collection}/{key...}", "/v1/docs/c", "||false"},
		{"/v1/docs/{collection}/{key...}", "/v1/docs//k", "|k|true"},
		{"/v1/docs/{collection}/{key...}", "/v1/docs/c/a//../%2E%2f%2525", "c|a//.././%25|true"},
		{"/v1/docs/{collection}/{key...}", "/v1/docs/a%2Fb/k", "a/b|k|true"},
		{"/v1/status", "/v1/status", "||true"},
		{"/v1/status", "/v1/status/", "||false"},
		{"/v1/status", "/v1//status", "||false"},
		{"/", "/", "||true"},
		{"/", "", "||false"},
	} {
		collection, key, ok := contract.Match(c.pattern, c.path)
		got := fmt.Sprintf("%s|%s|%v", collection, key, ok)
		if !ok {
			got = "||false"
		}
		if got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.path, c.pattern, got, c.want)
		}
	}
}

// FuzzText: what is taken is exactly what was meant; nothing is repaired.
func FuzzText(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud83d\ude00"`, `"\ud83d"`, `"\ufffd\ude00"`, "\"\ufffd\"", "\"\xff\"", `"\\ufffd\ud800"`, `null`, `5`} {
		f.Add([]byte(s))
	}
	barrage.Fuzz(f, func(t *testing.T, raw []byte) {
		var text contract.Text
		alloc.Bounded(t, len(raw), func() { _ = text.UnmarshalJSON(raw) })
		if json.Unmarshal(raw, &text) != nil {
			return
		}
		if !utf8.Valid(raw) || !utf8.ValidString(string(text)) {
			t.Fatalf("%q was taken as %q", raw, text)
		}
		again, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var back contract.Text
		if err := json.Unmarshal(again, &back); err != nil || back != text {
			t.Fatalf("%q, written as %s, reads as %q: %v", text, again, back, err)
		}
	})
}

func TestTextRefusesHalves(t *testing.T) {
	for raw, good := range map[string]bool{
		`"\ud83d\ude00"`: true, `"\ufffd"`: true, "\"\ufffd\"": true, `"\\ud800"`: true, `"\uFFFD"`: true,
		`"\ud83d"`: false, `"\ude00\ud83d"`: false, "\"\xff\"": false, `"\ufffd\ud800"`: false, `5`: false,
	} {
		var text contract.Text
		if err := json.Unmarshal([]byte(raw), &text); (err == nil) != good {
			t.Errorf("%s: %q %v", raw, text, err)
		}
	}
}

func TestCount(t *testing.T) {
	for text, want := range map[string]contract.Count{`17`: {N: 17}, `">10000"`: {N: 10000, More: true}, `"\u003e10000"`: {N: 10000, More: true}} {
		var c contract.Count
		if err := json.Unmarshal([]byte(text), &c); err != nil || c != want {
			t.Errorf("%s: %v %v", text, c, err)
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back contract.Count
		if err := json.Unmarshal(again, &back); err != nil || back != c {
			t.Errorf("%s: %v %v", again, back, err)
		}
	}
	for _, bad := range []string{`-1`, `"x"`, `1.5`, `true`} {
		if err := json.Unmarshal([]byte(bad), new(contract.Count)); err == nil {
			t.Errorf("%s is a count", bad)
		}
	}
}

// TestCodes: every code has a proper status, an exit code that is not success,
// and a title; a problem is an answer of its own.
func TestCodes(t *testing.T) {
	for code, m := range contract.Codes {
		if m.Status < 400 || http.StatusText(m.Status) == "" || m.Exit <= cli.ExitOK || m.Exit > cli.ExitTimeout || m.Title == "" {
			t.Errorf("%s: %+v", code, m)
		}
		p := contract.NewProblem(code, "", "/p")
		if p.Exit() != m.Exit || p.Error() != m.Title || p.Path != "/p" {
			t.Errorf("%s: %+v", code, p)
		}
	}
	if p := contract.NewProblem("made-up", "x", ""); p.Code != contract.CodeInternal {
		t.Errorf("%+v", p)
	}
	for status, exit := range map[int]int{404: cli.ExitNotFound, 412: cli.ExitVersion, 403: cli.ExitNotAllowed, 504: cli.ExitTimeout, 418: cli.ExitFailure} {
		if p := (&contract.Problem{Code: "of-a-newer-node", Status: status}); p.Exit() != exit {
			t.Errorf("status %d: %d", status, p.Exit())
		}
	}
}

func ExampleDocumentPath() {
	fmt.Println(contract.DocumentPath("people", "team a/ann%?"))
	// Output: /v1/docs/people/team%20a/ann%25%3F
}
