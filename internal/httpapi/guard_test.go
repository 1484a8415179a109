package httpapi_test

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestForeignPagesGetNothing: names that are not this machine's, and pages of
// other origins, are refused, for reading too.
func TestForeignPagesGetNothing(t *testing.T) {
	s := serve(t)
	host := strings.TrimPrefix(s.url, "http://")
	port := host[strings.LastIndex(host, ":"):]
	for _, c := range []struct {
		method string
		header string
		path   string
		code   contract.Code // "" is allowed
	}{
		{"GET", "Host: localhost" + port, "/v1/status", ""},
		{"GET", "Host: LOCALHOST" + port, "/v1/status", ""},
		{"GET", "Host: 127.0.0.1", "/v1/status", ""},
		{"GET", "Host: [::1]" + port, "/v1/status", ""},
		{"GET", "Host: 127.8.8.8", "/v1/status", ""},
		{"GET", "Host: evil.example", "/v1/status", contract.CodeHost},
		{"GET", "Host: evil.example" + port, "/healthz", contract.CodeHost},
		{"GET", "Host: localhost.evil.example", "/", contract.CodeHost},
		{"GET", "Host: 127.0.0.1.evil.example", "/v1/status", contract.CodeHost},
		{"GET", "Host: 192.168.1.7", "/v1/status", contract.CodeHost},
		{"PUT", "Host: evil.example", "/v1/docs/c/k", contract.CodeHost},
		{"GET", "Origin: http://" + host, "/v1/status", ""},
		{"PUT", "Origin: http://" + host, "/v1/docs/c/k", ""},
		{"GET", "Origin: http://evil.example", "/v1/status", contract.CodeOrigin},
		{"PUT", "Origin: http://evil.example", "/v1/docs/c/k", contract.CodeOrigin},
		{"POST", "Origin: null", "/v1/bulk", contract.CodeOrigin},
		{"POST", "Origin: http://localhost:1", "/v1/sync", contract.CodeOrigin},
		{"POST", "Sec-Fetch-Site: cross-site", "/v1/bulk", contract.CodeOrigin},
		{"GET", "Sec-Fetch-Site: cross-site", "/v1/status", contract.CodeOrigin},
		{"GET", "Sec-Fetch-Site: same-site", "/v1/changes", contract.CodeOrigin},
		{"GET", "Sec-Fetch-Site: cross-site", "/", ""},
		{"GET", "Sec-Fetch-Site: same-origin", "/v1/status", ""},
		{"GET", "Sec-Fetch-Site: none", "/v1/status", ""},
		{"PUT", "Sec-Fetch-Site: same-origin", "/v1/docs/c/k", ""},
	} {
		got := s.request(c.method, c.path, "{}", c.header)
		if c.code == "" {
			if got.status >= 300 {
				t.Errorf("%s %s with %s: %d %s", c.method, c.path, c.header, got.status, got.body)
			}
			continue
		}
		if p := got.problem(t); p.Code != c.code || got.status != 403 {
			t.Errorf("%s %s with %s: %+v, want %s", c.method, c.path, c.header, p, c.code)
		}
	}
	if got := s.get("c/k"); got != "{}" {
		t.Errorf("after all that: %s", got)
	}
}

// TestToken: on loopback only invites need the token; on a port that others
// can reach everything but health does.
func TestToken(t *testing.T) {
	base := serve(t)
	for _, c := range []struct {
		exposed             bool
		token, path, header string
		method              string
		status              int
	}{
		{false, "secret", "/v1/status", "", "GET", 200},
		{false, "secret", "/v1/invites", "", "POST", 401},
		{false, "secret", "/v1/invites", "Authorization: Bearer wrong", "POST", 401},
		{false, "secret", "/v1/invites", "Authorization: Basic secret", "POST", 401},
		{false, "", "/v1/invites", "Authorization: Bearer ", "POST", 401},
		{false, "secret", "/v1/invites", "Authorization: Bearer secret", "POST", 409}, // no network
		{true, "secret", "/v1/status", "", "GET", 401},
		{true, "secret", "/v1/docs/c/k", "", "PUT", 401},
		{true, "secret", "/metrics", "", "GET", 401},
		{true, "secret", "/", "", "GET", 401},
		{true, "secret", "/healthz", "", "GET", 200},
		{true, "secret", "/readyz", "", "GET", 200},
		{true, "secret", "/v1/status", "Authorization: Bearer secret", "GET", 200},
		{true, "secret", "/v1/status", "authorization: bearer secret", "GET", 200},
		{true, "secret", "/v1/status", "Authorization: Bearer secre", "GET", 401},
	} {
		s := serveNode(t, httpapi.Options{Node: base.node, Token: c.token, Exposed: c.exposed})
		var headers []string
		if c.header != "" {
			headers = append(headers, c.header)
		}
		got := s.request(c.method, c.path, "", headers...)
		if got.status != c.status {
			t.Errorf("exposed %v, %s %s with %q: %d %s, want %d", c.exposed, c.method, c.path, c.header, got.status, got.body, c.status)
		}
		if got.status == 401 && got.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: no WWW-Authenticate", c.path)
		}
	}
}

func TestServesNamesOfItsCertificate(t *testing.T) {
	base := serve(t)
	s := serveNode(t, httpapi.Options{Node: base.node, ServesName: func(h string) bool { return h == "node.example" }})
	if got := s.request("GET", "/v1/status", "", "Host: node.example:7411"); got.status != 200 {
		t.Errorf("own name: %d", got.status)
	}
	if got := s.request("GET", "/v1/status", "", "Host: other.example"); got.status != 403 {
		t.Errorf("another's name: %d", got.status)
	}
}
