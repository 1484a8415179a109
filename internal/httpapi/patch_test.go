package httpapi_test

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

const (
	jsonPatch = "Content-Type: " + contract.TypeJSONPatch
	minimal   = "Prefer: return=minimal"
)

// step is one request and what it must answer; want is the body, or the path
// of the problem where there is a code.
type step struct {
	name, method, path, body string
	header                   string
	status                   int
	code                     contract.Code
	want                     string
}

// take runs steps in order.
func (s *served) take(steps []step) {
	s.t.Helper()
	for _, step := range steps {
		var headers []string
		if step.header != "" {
			headers = []string{step.header}
		}
		got := s.request(step.method, step.path, step.body, headers...)
		if got.status != step.status {
			s.t.Fatalf("%s: %d %s, want %d", step.name, got.status, got.body, step.status)
		}
		if step.code != "" {
			if p := got.problem(s.t); p.Code != step.code || p.Path != step.want || p.Detail == "" {
				s.t.Errorf("%s: %+v, want code %s at %q", step.name, p, step.code, step.want)
			}
		} else if strings.TrimSuffix(got.body, "\n") != step.want {
			s.t.Errorf("%s: %s, want %s", step.name, got.body, step.want)
		}
	}
}

const list = "/v1/docs/c/list"

// TestJSONPatch: RFC 6902 over HTTP, and what is answered where it cannot be.
func TestJSONPatch(t *testing.T) {
	s := serve(t)
	s.take([]step{
		{"put", "PUT", list, `{"l":["a",{"n":{"$counter":1}},"c"],"t":{"$text":"abc"}}`, "", 201, "", `{"l":["a",{"n":1},"c"],"t":"abc"}`},
		{"at a path through a list", "GET", list + "?path=/l/1/n&format=typed", "", "", 200, "", `{"$counter":1}`},
		{"beyond the end", "GET", list + "?path=/l/3", "", "", 404, contract.CodeNotFound, ""},
		{"the end", "GET", list + "?path=/l/-", "", "", 404, contract.CodeNotFound, ""},
		{"no index", "GET", list + "?path=/l/01", "", "", 404, contract.CodeNotFound, ""},
		{"no index at all", "GET", list + "?path=/l/x", "", "", 404, contract.CodeNotFound, ""},
		{"add", "PATCH", list, `[{"op":"add","path":"/l/-","value":"d"},{"op":"add","path":"/l/0","value":"0"}]`, jsonPatch, 200, "", `{"l":["0","a",{"n":1},"c","d"],"t":"abc"}`},
		{"move, replace, copy, remove", "PATCH", list + "?path=/l", `[{"op":"move","from":"/l/0","path":"/l/4"},{"op":"replace","path":"/l/1/n","value":5},{"op":"copy","from":"/l/1","path":"/l/0"},{"op":"remove","path":"/l/1"}]`, jsonPatch, 200, "", `[{"n":5},{"n":5},"c","d","0"]`},
		{"test", "PATCH", list + "?path=/l/4", `[{"op":"test","path":"/l/0","value":{"n":5}},{"op":"replace","path":"/l/4","value":"e"}]`, jsonPatch, 200, "", `"e"`},
		{"test failed", "PATCH", list, `[{"op":"remove","path":"/l/0"},{"op":"test","path":"/l/0/n","value":6}]`, jsonPatch, 409, contract.CodeTest, "/l/0/n"},
		{"no such path", "PATCH", list, `[{"op":"replace","path":"/none","value":1}]`, jsonPatch, 409, contract.CodeNoPath, "/none"},
		{"no such document", "PATCH", "/v1/docs/c/none", `[{"op":"remove","path":"/x"}]`, jsonPatch, 409, contract.CodeNoPath, "/x"},
		{"no such parent", "PATCH", list, `[{"op":"add","path":"/none/x","value":1}]`, jsonPatch, 409, contract.CodeNoPath, "/none"},
		{"no such position", "PATCH", list, `[{"op":"add","path":"/l/9","value":1}]`, jsonPatch, 422, contract.CodePosition, "/l/9"},
		{"no operation", "PATCH", list, `[{"op":"dance","path":"/l"}]`, jsonPatch, 422, contract.CodeOperation, "/0/op"},
		{"no path", "PATCH", list, `[{"op":"remove"}]`, jsonPatch, 422, contract.CodeOperation, "/0"},
		{"no pointer", "PATCH", list, `[{"op":"remove","path":"l"}]`, jsonPatch, 400, contract.CodeInvalidPath, "/0/path"},
		{"no array", "PATCH", list, `{}`, jsonPatch, 422, contract.CodeOperation, ""},
		{"no JSON", "PATCH", list, `[{`, jsonPatch, 400, contract.CodeInvalidJSON, "/0"},
		{"into itself", "PATCH", list, `[{"op":"move","from":"/l","path":"/l/0"}]`, jsonPatch, 422, contract.CodeOperation, "/0"},
		{"units", "PATCH", list + "?units=utf16", `[]`, jsonPatch, 400, contract.CodeBadRequest, ""},
		{"nothing of all that", "GET", list, "", "", 200, "", `{"l":[{"n":5},{"n":5},"c","d","e"],"t":"abc"}`},
		{"minimal", "PATCH", list, `[{"op":"remove","path":"/t"}]`, jsonPatch, 200, "", `{"l":[{"n":5},{"n":5},"c","d","e"]}`},
	})
}

// TestTypedOperations on lists and texts, in both units.
func TestTypedOperations(t *testing.T) {
	s := serve(t)
	s.take([]step{
		{"put", "PUT", list, `{"l":["a","b","c"],"t":{"$text":"a👋z"},"r":{"$register":[1]},"s":"plain"}`, "", 201, "", `{"l":["a","b","c"],"r":[1],"s":"plain","t":"a👋z"}`},
		{"typed", "GET", list + "?format=typed", "", "", 200, "", `{"l":["a","b","c"],"r":{"$register":[1]},"s":"plain","t":{"$text":"a👋z"}}`},
		{"insert", "PATCH", list + "?path=/l", `[{"op":"insert","path":"/l","at":1,"value":{"n":1}}]`, ops, 200, "", `["a",{"n":1},"b","c"]`},
		{"inside", "PATCH", list + "?path=/l/1", `[{"op":"incr","path":"/l/1/m","by":2},{"op":"set","path":"/l/1/n","value":3}]`, ops, 200, "", `{"m":2,"n":3}`},
		{"move", "PATCH", list + "?path=/l", `[{"op":"move","path":"/l","from":1,"to":3}]`, ops, 200, "", `["a","b","c",{"m":2,"n":3}]`},
		{"delete", "PATCH", list + "?path=/l", `[{"op":"delete","path":"/l","at":0,"len":2}]`, ops, 200, "", `["c",{"m":2,"n":3}]`},
		{"text", "PATCH", list + "?path=/t", `[{"op":"insert","path":"/t","at":2,"text":"!"}]`, ops, 200, "", `"a👋!z"`},
		{"text in UTF-16", "PATCH", list + "?path=/t&units=utf16", `[{"op":"delete","path":"/t","at":1,"len":3}]`, ops, 200, "", `"az"`},
		{"text in code points, said", "PATCH", list + "?path=/t&units=codepoints", `[{"op":"insert","path":"/t","at":1,"text":"👋"}]`, ops, 200, "", `"a👋z"`},
		{"inside a character", "PATCH", list + "?units=utf16", `[{"op":"insert","path":"/t","at":2,"text":"x"}]`, ops, 422, contract.CodeSurrogate, "/t"},
		{"half a character", "PATCH", list + "?units=utf16", `[{"op":"delete","path":"/t","at":0,"len":2}]`, ops, 422, contract.CodeSurrogate, "/t"},
		{"beyond the end", "PATCH", list, `[{"op":"insert","path":"/t","at":4,"text":"x"}]`, ops, 422, contract.CodePosition, "/t"},
		{"negative", "PATCH", list, `[{"op":"insert","path":"/t","at":-1,"text":"x"}]`, ops, 422, contract.CodePosition, "/t"},
		{"negative length", "PATCH", list, `[{"op":"delete","path":"/t","at":1,"len":-1}]`, ops, 422, contract.CodePosition, "/t"},
		{"sum too large", "PATCH", list, `[{"op":"delete","path":"/t","at":1,"len":9223372036854775807}]`, ops, 422, contract.CodePosition, "/0/len"},
		{"not a number", "PATCH", list, `[{"op":"insert","path":"/t","at":1.5,"text":"x"}]`, ops, 422, contract.CodeOperation, "/0/at"},
		{"beyond the list", "PATCH", list, `[{"op":"delete","path":"/l","at":1,"len":2}]`, ops, 422, contract.CodePosition, "/l"},
		{"move beyond the list", "PATCH", list, `[{"op":"move","path":"/l","from":0,"to":2}]`, ops, 422, contract.CodePosition, "/l"},
		{"value into a text", "PATCH", list, `[{"op":"insert","path":"/t","at":0,"value":1}]`, ops, 422, contract.CodeOperation, "/t"},
		{"text into a list", "PATCH", list, `[{"op":"insert","path":"/l","at":0,"text":"x"}]`, ops, 422, contract.CodeOperation, "/l"},
		{"plain string", "PATCH", list, `[{"op":"insert","path":"/s","at":0,"text":"x"}]`, ops, 422, contract.CodeWrongType, "/s"},
		{"nothing there", "PATCH", list, `[{"op":"insert","path":"/none","at":0,"text":"x"}]`, ops, 409, contract.CodeNoPath, "/none"},
		{"unknown units", "PATCH", list + "?units=bytes", `[]`, ops, 400, contract.CodeBadRequest, ""},
		{"half a surrogate pair", "PATCH", list, `[{"op":"insert","path":"/t","at":0,"text":"\ud83d"}]`, ops, 400, contract.CodeInvalidJSON, "/0/text"},
		{"nothing of all that", "GET", list, "", "", 200, "", `{"l":["c",{"m":2,"n":3}],"r":[1],"s":"plain","t":"a👋z"}`},
	})
}

// TestMinimalAnswers: who asks for it gets the version alone.
func TestMinimalAnswers(t *testing.T) {
	s := serve(t)
	created := s.request("PUT", list, `{"a":1}`, "Prefer: respond-async, Return = Minimal ; x=y")
	if created.status != 201 || created.body != "" || created.header.Get("ETag") == "" || created.header.Get("Preference-Applied") != "return=minimal" {
		t.Errorf("created: %+v", created)
	}
	changed := s.request("PATCH", list, `{"a":2}`, merge, minimal)
	if got := s.request("GET", list, ""); changed.status != 204 || changed.body != "" || changed.header.Get("ETag") != got.header.Get("ETag") || got.body != "{\"a\":2}\n" {
		t.Errorf("changed: %+v, then %s", changed, got.body)
	}
	if whole := s.request("PATCH", list, `{"a":3}`, merge, "Prefer: return=representation"); whole.status != 200 || whole.body != "{\"a\":3}\n" {
		t.Errorf("representation: %+v", whole)
	}
	for _, accepted := range []string{contract.TypeMergePatch, contract.TypeJSONPatch, contract.TypeOps} {
		if got := s.request("PATCH", list, `x`, "Content-Type: text/plain").header.Get("Accept-Patch"); !strings.Contains(got, accepted) {
			t.Errorf("Accept-Patch: %q", got)
		}
	}
}
