package httpapi_test

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestTagsOfOtherVersions: a tag stands for one version of one document. A client
// that has another one is given the document, and one that asks for another one to
// be there is refused, with nothing written.
func TestTagsOfOtherVersions(t *testing.T) {
	s := serve(t)
	first := s.request("PUT", "/v1/docs/c/k", `1`).header.Get("ETag")
	second := s.request("PUT", "/v1/docs/c/k", `2`).header.Get("ETag")
	other := s.request("PUT", "/v1/docs/c/other", `1`).header.Get("ETag")
	for _, c := range []struct {
		method, header string
		status         int
	}{
		{"GET", "If-None-Match: " + first, 200},
		{"GET", "If-None-Match: " + other + ", " + first, 200},
		{"GET", "If-None-Match: " + first + ", " + second, 304},
		{"GET", "If-None-Match: *", 304},
		{"GET", "If-Match: " + first, 412},
		{"GET", "If-Match: " + second, 200},
		{"PUT", "If-Match: " + first, 412},
		{"PUT", "If-Match: " + first + ", " + other, 412},
		{"DELETE", "If-Match: " + first + ", " + other, 412},
		{"PUT", "If-None-Match: *", 412},
	} {
		got := s.request(c.method, "/v1/docs/c/k", `3`, c.header)
		if got.status != c.status {
			t.Errorf("%s with %s: %d %s, want %d", c.method, c.header, got.status, got.body, c.status)
		}
		if c.status == 412 && got.problem(t).Code != contract.CodeVersion {
			t.Errorf("%s with %s: %s", c.method, c.header, got.body)
		}
		if c.method == "GET" && c.status == 200 && strings.TrimSpace(got.body) != `2` {
			t.Errorf("%s with %s: %s", c.method, c.header, got.body)
		}
	}
	if got := s.request("GET", "/v1/docs/c/k", "").body; strings.TrimSpace(got) != `2` {
		t.Errorf("it is %s now", got)
	}
}
