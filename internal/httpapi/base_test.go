package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestBaseCarriesOverWhatWasChanged: two who read one version and put it back,
// each with a change of its own, both keep theirs.
func TestBaseCarriesOverWhatWasChanged(t *testing.T) {
	s := serve(t)
	s.put("c/k", `{"a":1,"b":1,"l":["x","y"],"n":{"$counter":1},"t":{"$text":"one two"}}`)
	read := s.request("GET", "/v1/docs/c/k", "")
	base := contract.BaseHeader + ": " + read.header.Get("ETag")
	first := s.request("PUT", "/v1/docs/c/k", `{"a":2,"b":1,"l":["x","y","z"],"n":3,"t":"one and two"}`, base)
	if first.status != 200 {
		t.Fatal(first)
	}
	// The second writes what it has read, but for b, the first of l, n and the end of t.
	second := s.request("PUT", "/v1/docs/c/k", `{"a":1,"b":2,"l":["w","x","y"],"n":2,"t":"one two!"}`, base)
	if want := `{"a":2,"b":2,"l":["w","x","y","z"],"n":4,"t":"one and two!"}`; strings.TrimSpace(second.body) != want {
		t.Errorf("%d %s, want %s", second.status, second.body, want)
	}
	// What a write has answered is a base too, with or without its quotes.
	third := s.request("PUT", "/v1/docs/c/k", `{"a":2,"b":2,"l":[],"n":4,"t":"one and two!"}`, contract.BaseHeader+": "+strings.Trim(second.header.Get("ETag"), `"`), minimal)
	if got := s.get("c/k"); third.status != 204 || got != `{"a":2,"b":2,"l":[],"n":4,"t":"one and two!"}` {
		t.Errorf("%d %s", third.status, got)
	}
	// A precondition and a base say two things.
	if p := s.request("PUT", "/v1/docs/c/k", `{"a":9}`, base, "If-Match: "+read.header.Get("ETag")).problem(t); p.Code != contract.CodeVersion {
		t.Errorf("%+v", p)
	}
	// Without a base the document is made what was sent.
	if got := s.request("PUT", "/v1/docs/c/k", `{"a":5}`); strings.TrimSpace(got.body) != `{"a":5}` {
		t.Errorf("without a base: %s", got.body)
	}
}

// TestBaseGone: a version that this node does not know is refused by its code,
// and nothing is written; in a line of a bulk request as well.
func TestBaseGone(t *testing.T) {
	s := serve(t)
	version := s.put("c/k", `{"a":1}`)
	other := serve(t).put("c/k", `{"elsewhere":1}`)
	if p := s.request("PUT", "/v1/docs/c/k", `{"a":2}`, contract.BaseHeader+": "+other).problem(t); p.Code != contract.CodeBaseGone || p.Hint == "" {
		t.Errorf("%+v", p)
	}
	if p := s.request("PUT", "/v1/docs/c/none", `{"a":2}`, contract.BaseHeader+": "+other).problem(t); p.Code != contract.CodeBaseGone {
		t.Errorf("of no document: %+v", p)
	}
	lines := fmt.Sprintf(`{"key":"k","merge":{"b":1}}
{"key":"k","doc":{"a":2},"base":%q}
{"key":"k","doc":{"a":2},"base":%q}
{"key":"k","doc":{},"base":"x"}
{"key":"k","merge":{},"base":%[1]q}
{"key":"k","doc":{},"base":%[1]q,"ifAbsent":true}
`, version, other)
	if got, want := strings.Join(s.results("?collection=c", lines), " "), "1:changed 2:changed 3:base-gone 4:bad-request 5:bad-request 6:bad-request"; got != want {
		t.Errorf("bulk: %s, want %s", got, want)
	}
	if got := s.get("c/k"); got != `{"a":2,"b":1}` {
		t.Error(got)
	}
	if got := s.results("?collection=c&atomic=true", fmt.Sprintf(`{"key":"n","doc":1}
{"key":"k","doc":{"a":3},"base":%q}`, other)); got[0] != "0:base-gone" {
		t.Errorf("atomic: %v", got)
	}
	if got := s.get("c/n"); !strings.Contains(got, "not found") {
		t.Errorf("atomic: %s", got)
	}
	d, err := s.Put(t.Context(), "c", "k", []byte(`{"a":4}`), client.Conditions{Base: version})
	if err != nil || string(d.JSON) != `{"a":4,"b":1}` {
		t.Errorf("client: %s %v", d.JSON, err)
	}
}

// TestBulkPatches: JSON Patches and operations on texts as lines.
func TestBulkPatches(t *testing.T) {
	s := serve(t)
	s.put("c/k", `{"l":[1,2],"t":{"$text":"a👋"}}`)
	lines := `{"key":"k","jsonPatch":[{"op":"add","path":"/l/0","value":0}]}
{"key":"k","jsonPatch":[{"op":"test","path":"/l/0","value":1},{"op":"remove","path":"/l"}]}
{"key":"k","jsonPatch":[{"op":"remove","path":"/none"}]}
{"key":"k","jsonPatch":{"op":"remove"}}
{"key":"k","ops":[{"op":"insert","path":"/t","at":3,"text":"!"}],"units":"utf16"}
{"key":"k","ops":[{"op":"insert","path":"/t","at":2,"text":"?"}],"units":"utf16"}
{"key":"k","ops":[],"units":"inches"}
{"key":"k","doc":{},"units":"utf16"}
{"key":"k","jsonPatch":[],"ops":[]}
`
	want := "1:changed 2:test-failed 3:no-such-path 4:invalid-operation 5:changed 6:split-character 7:bad-request 8:bad-request 9:bad-request"
	if got := strings.Join(s.results("?collection=c", lines), " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := s.get("c/k"); got != `{"l":[0,1,2],"t":"a👋!"}` {
		t.Error(got)
	}
	if got := s.results("?collection=c&stop=true", `{"key":"k","jsonPatch":{}}`+"\n"+`{"key":"z","doc":1}`); len(got) != 1 {
		t.Errorf("stop: %v", got)
	}
}
