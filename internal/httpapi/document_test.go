package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

const merge = "Content-Type: " + contract.TypeMergePatch
const ops = "Content-Type: " + contract.TypeOps

// TestDocumentRoutes is a conversation with one node, step by step. @v1 in a
// header stands for the version that step v1 answered.
func TestDocumentRoutes(t *testing.T) {
	s := serve(t)
	versions := map[string]string{}
	ann := "/v1/docs/people/ann"
	for _, step := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     contract.Code
		want                     string
	}{
		{"absent", "GET", ann, "", nil, 404, contract.CodeNotFound, ""},
		{"absent head", "HEAD", ann, "", nil, 404, "", ""},
		{"delete absent", "DELETE", ann, "", nil, 404, contract.CodeNotFound, ""},
		{"if-match of absent", "PUT", ann, `{}`, []string{"If-Match: *"}, 412, contract.CodeVersion, ""},
		{"v1", "PUT", ann, `{"name":"Ann","visits":{"$counter":2}}`, []string{"If-None-Match: *"}, 201, "", `{"name":"Ann","visits":2}`},
		{"exists", "PUT", ann, `{}`, []string{"If-None-Match: *"}, 412, contract.CodeVersion, ""},
		{"get", "GET", ann, "", nil, 200, "", `{"name":"Ann","visits":2}`},
		{"head", "HEAD", ann, "", nil, 200, "", ""},
		{"typed", "GET", ann + "?format=typed", "", nil, 200, "", `{"name":"Ann","visits":{"$counter":2}}`},
		{"path", "GET", ann + "?path=/visits", "", nil, 200, "", `2`},
		{"path typed", "GET", ann + "?path=/visits&format=typed", "", nil, 200, "", `{"$counter":2}`},
		{"path nowhere", "GET", ann + "?path=/none", "", nil, 404, contract.CodeNotFound, ""},
		{"path malformed", "GET", ann + "?path=visits", "", nil, 400, contract.CodeInvalidPath, ""},
		{"format unknown", "GET", ann + "?format=xml", "", nil, 400, contract.CodeBadRequest, ""},
		{"parameter unknown", "GET", ann + "?pth=/visits", "", nil, 400, contract.CodeBadRequest, ""},
		{"not modified", "GET", ann, "", []string{`If-None-Match: "@v1"`}, 304, "", ""},
		{"not modified, weakened by a cache", "GET", ann, "", []string{`If-None-Match: "x", W/"@v1"`}, 304, "", ""},
		{"read another", "GET", ann, "", []string{`If-Match: "x"`}, 412, contract.CodeVersion, ""},
		{"read this", "GET", ann, "", []string{`If-Match: "@v1"`}, 200, "", `{"name":"Ann","visits":2}`},
		{"parameter malformed", "GET", ann + "?path=%zz", "", nil, 400, contract.CodeBadRequest, ""},
		{"parameter behind a semicolon", "GET", ann + "?format=typed;path=/name", "", nil, 400, contract.CodeBadRequest, ""},
		{"parameter twice", "GET", ann + "?path=/name&path=/visits", "", nil, 400, contract.CodeBadRequest, ""},
		{"no tag", "PUT", ann, `{}`, []string{`If-Match: `}, 400, contract.CodeBadRequest, ""},
		{"only commas", "DELETE", ann, ``, []string{`If-Match: , ,`}, 400, contract.CodeBadRequest, ""},
		{"no tag unless", "PUT", ann, `{}`, []string{`If-None-Match: `}, 400, contract.CodeBadRequest, ""},
		{"v2", "PUT", ann, `{"name":"Ann","visits":3}`, []string{`If-Match: "@v1"`}, 200, "", `{"name":"Ann","visits":3}`},
		{"stale", "PUT", ann, `{"name":"Eve"}`, []string{`If-Match: "@v1"`}, 412, contract.CodeVersion, ""},
		{"one of", "PUT", ann, `{"name":"Ann","visits":4}`, []string{`If-Match: "@v1", "@v2"`}, 200, "", `{"name":"Ann","visits":4}`},
		{"none of", "PUT", ann, `{}`, []string{`If-Match: "@v1", "@v2"`}, 412, contract.CodeVersion, ""},
		{"no version", "PUT", ann, `{}`, []string{`If-Match: "yesterday"`}, 412, contract.CodeVersion, ""},
		{"weak", "PUT", ann, `{}`, []string{`If-Match: W/"@v1"`}, 400, contract.CodeBadRequest, ""},
		{"both", "PUT", ann, `{}`, []string{`If-Match: *`, `If-None-Match: *`}, 400, contract.CodeBadRequest, ""},
		{"empty base", "PUT", ann, `{}`, []string{`X-Base-Version: `}, 400, contract.CodeBadRequest, ""},
		{"base of no version", "PUT", ann, `{}`, []string{`X-Base-Version: "yesterday"`}, 400, contract.CodeBadRequest, ""},
		{"two bases", "PUT", ann, `{}`, []string{`X-Base-Version: "@v1", "@v2"`}, 400, contract.CodeBadRequest, ""},
		{"any base", "PUT", ann, `{}`, []string{`X-Base-Version: *`}, 400, contract.CodeBadRequest, ""},
		{"base of what is not there", "PUT", ann, `{}`, []string{`X-Base-Version: "@v1"`, `If-None-Match: *`}, 400, contract.CodeBadRequest, ""},
		{"base of a removal", "DELETE", ann, ``, []string{`X-Base-Version: "@v1"`}, 400, contract.CodeBadRequest, ""},
		{"base of a patch", "PATCH", ann, `{}`, []string{merge, `X-Base-Version: "@v1"`}, 400, contract.CodeBadRequest, ""},
		{"malformed", "PUT", ann, `{"name":`, nil, 400, contract.CodeInvalidJSON, ""},
		{"empty body", "PUT", ann, ``, nil, 400, contract.CodeInvalidJSON, ""},
		{"duplicate", "PUT", ann, `{"a":1,"a":2}`, nil, 422, contract.CodeInvalidDocument, ""},
		{"tag", "PUT", ann, `{"a":{"$nope":1}}`, nil, 422, contract.CodeInvalidDocument, ""},
		{"deep", "PUT", ann, strings.Repeat(`[`, 65) + strings.Repeat(`]`, 65), nil, 422, contract.CodeInvalidDocument, ""},
		{"number", "PUT", ann, `{"a":1e400}`, nil, 422, contract.CodeInvalidDocument, ""},
		{"too long", "PUT", ann, `"` + strings.Repeat("a", contract.MaxBody) + `"`, nil, 413, contract.CodeTooLarge, ""},
		{"too large", "PUT", ann, `"` + strings.Repeat("a", 1<<20) + `"`, nil, 413, contract.CodeTooLarge, ""},
		{"still", "GET", ann, "", nil, 200, "", `{"name":"Ann","visits":4}`},
		{"merge", "PATCH", ann, `{"city":"Rome","name":null}`, []string{merge}, 200, "", `{"city":"Rome","visits":4}`},
		{"ops", "PATCH", ann, `[{"op":"incr","path":"/visits","by":-1},{"op":"add","path":"/tags","value":"x"}]`, []string{ops}, 200, "", `{"city":"Rome","tags":["x"],"visits":3}`},
		{"ops at path", "PATCH", ann + "?path=/visits", `[{"op":"incr","path":"/visits","by":5}]`, []string{ops}, 200, "", `8`},
		{"ops remove path", "PATCH", ann + "?path=/city", `[{"op":"unset","path":"/city"}]`, []string{ops}, 200, "", `null`},
		{"ops wrong type", "PATCH", ann, `[{"op":"incr","path":"/tags","by":1}]`, []string{ops}, 422, contract.CodeWrongType, ""},
		{"ops all or nothing", "PATCH", ann, `[{"op":"incr","path":"/visits","by":1},{"op":"incr","path":"/tags","by":1}]`, []string{ops}, 422, contract.CodeWrongType, ""},
		{"ops unknown", "PATCH", ann, `[{"op":"move","path":"/visits"}]`, []string{ops}, 422, contract.CodeOperation, ""},
		{"patch stale", "PATCH", ann, `{}`, []string{merge, `If-Match: "@v1"`}, 412, contract.CodeVersion, ""},
		{"patch of no type", "PATCH", ann, `{}`, []string{"Content-Type: application/json"}, 415, contract.CodeMediaType, ""},
		{"patch pointer", "PATCH", ann + "?path=x", `{"visits":0}`, []string{merge}, 400, contract.CodeInvalidPath, ""},
		{"patch creates", "PATCH", "/v1/docs/people/bob", `{"name":"Bob"}`, []string{merge}, 201, "", `{"name":"Bob"}`},
		{"delete stale", "DELETE", ann, "", []string{`If-Match: "@v1"`}, 412, contract.CodeVersion, ""},
		{"unchanged by all that", "GET", ann, "", nil, 200, "", `{"tags":["x"],"visits":8}`},
		{"delete", "DELETE", ann, "", nil, 204, "", ""},
		{"deleted", "GET", ann, "", nil, 404, contract.CodeNotFound, ""},
		{"bad name", "GET", "/v1/docs/People/ann", "", nil, 400, contract.CodeInvalidName, ""},
		{"slash in name", "GET", "/v1/docs/a%2Fb/ann", "", nil, 400, contract.CodeInvalidName, ""},
		{"method", "POST", ann, "", nil, 405, contract.CodeMethod, ""},
		{"no route", "GET", "/v2/docs", "", nil, 404, contract.CodeNoRoute, ""},
	} {
		for i, h := range step.headers {
			for name, version := range versions {
				h = strings.ReplaceAll(h, "@"+name, version)
			}
			step.headers[i] = h
		}
		got := s.request(step.method, step.path, step.body, step.headers...)
		if got.status != step.status {
			t.Fatalf("%s: %d %s, want %d", step.name, got.status, got.body, step.status)
		}
		if step.code != "" {
			if p := got.problem(t); p.Code != step.code || p.Detail == "" {
				t.Errorf("%s: %+v, want code %s and a detail", step.name, p, step.code)
			}
			continue
		}
		if strings.TrimSuffix(got.body, "\n") != step.want {
			t.Errorf("%s: %s, want %s", step.name, got.body, step.want)
		}
		versions[step.name] = strings.Trim(got.header.Get("ETag"), `"`)
	}
	if versions["v1"] == "" || versions["head"] != versions["v1"] || versions["typed"] != versions["v1"] || versions["v2"] == versions["v1"] {
		t.Errorf("entity tags: %v", versions)
	}
}

// TestProblemNamesThePath: what is wrong inside a document is named by its
// JSON Pointer.
func TestProblemNamesThePath(t *testing.T) {
	s := serve(t)
	for body, path := range map[string]string{
		`{"a":{"b":{"$nope":1}}}`:            "/a/b",
		`{"a":[1,{"x":1,"x":2}]}`:            "/a/1/x",
		`{"a~b":{"/":99999999999999999999}}`: "/a~0b/~1",
	} {
		p := s.request("PUT", "/v1/docs/c/k", body).problem(t)
		if p.Path != path || !strings.Contains(p.Detail, path) {
			t.Errorf("%s: path %q, detail %q, want %q", body, p.Path, p.Detail, path)
		}
	}
}

func TestAnswersAreNotCachedNorSniffed(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/v1/status", "/v1/docs/c/k", "/"} {
		h := s.request("GET", path, "").header
		if h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Cache-Control"), "no-") || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if csp := s.request("GET", "/", "").header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("landing page: policy %q", csp)
	}
	if h := s.request("PUT", "/v1/status", "").header; h.Get("Allow") != http.MethodGet {
		t.Errorf("Allow: %q", h.Get("Allow"))
	}
}
