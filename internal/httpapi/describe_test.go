package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestOpenAPIListsEveryRoute compares the description with the routes that are
// served, both ways: each route is in it, and each operation in it answers.
func TestOpenAPIListsEveryRoute(t *testing.T) {
	s := serve(t)
	s.put("c/k", "1")
	got := s.request("GET", "/openapi.json", "")
	var described struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(got.body), &described); err != nil {
		t.Fatal(err)
	}
	operations := map[string]bool{}
	for path, methods := range described.Paths {
		for method, operation := range methods {
			operations[fmt.Sprintf("%s %s %s", strings.ToUpper(method), path, operation.OperationID)] = true
			if operation.OperationID == "listChanges" {
				path += "?timeout=0s"
			}
			real := strings.NewReplacer("{collection}", "c", "{key}", "k").Replace(path)
			answer := s.request(strings.ToUpper(method), real, "")
			if answer.status == http.StatusNotFound && strings.Contains(answer.body, "no-such-route") || answer.status == http.StatusMethodNotAllowed || answer.status >= 500 {
				t.Errorf("%s %s is described, and answers %d %s", method, real, answer.status, answer.body)
			}
		}
	}
	for _, r := range contract.Routes {
		name := fmt.Sprintf("%s %s %s", r.Method, strings.ReplaceAll(r.Pattern, "{key...}", "{key}"), r.ID)
		if !operations[name] {
			t.Errorf("%s is served, and not described", name)
		}
	}
	if len(operations) != len(contract.Routes) {
		t.Errorf("%d operations, %d routes", len(operations), len(contract.Routes))
	}
	for _, ref := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllStringSubmatch(got.body, -1) {
		if described.Components.Schemas[ref[1]] == nil {
			t.Errorf("schema %s is used, and not described", ref[1])
		}
	}
	for _, part := range []string{
		`"application/json-patch+json":{"schema":{"items":{"$ref":"#/components/schemas/PatchStep"},"type":"array"}}`,
		`"application/vnd.crdt.ops+json":{"schema":{"items":{"$ref":"#/components/schemas/Operation"},"type":"array"}}`,
		`"at":{"type":"integer"}`, `"required":["op","path"]`,
	} {
		if !strings.Contains(got.body, part) {
			t.Errorf("no %s", part)
		}
	}
	if !strings.HasPrefix(described.OpenAPI, "3.1") {
		t.Errorf("version %q", described.OpenAPI)
	}
}

func TestHealthMetricsLanding(t *testing.T) {
	s := serve(t)
	s.put("c/k", "1")
	for path, want := range map[string]string{
		"/healthz": "ok\n",
		"/readyz":  "ready\n",
		"/metrics": `crdtstore_documents{collection="c"} 1`,
		"/":        `<a href="/v1/docs/c">c</a>`,
	} {
		if got := s.request("GET", path, ""); got.status != 200 || !strings.Contains(got.body, want) {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	s.request("BREW", "/nowhere", "")
	got := s.request("GET", "/metrics", "").body
	for _, want := range []string{
		`crdtstore_http_requests_total{method="PUT",route="putDocument",status="201"} 1`,
		`crdtstore_http_requests_total{method="other",route="none",status="404"} 1`,
		`crdtstore_http_request_seconds_count{route="putDocument"} 1`,
		`crdtstore_peers{state="in-sync"} 0`, `crdtstore_store_failed 0`, `crdtstore_documents_received_total 0`, "go_goroutines",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
}

// TestReadyEndsFirst: who balances load sees a closing node before it is gone.
func TestReadyEndsFirst(t *testing.T) {
	s := serveEnding(t, serve(t).node)
	s.end()
	if got := s.request("GET", "/readyz", ""); got.status != 503 || s.request("GET", "/healthz", "").status != 200 {
		t.Errorf("closing: %d %s", got.status, got.body)
	}
}

func TestLandingPageShowsNamesHarmlessly(t *testing.T) {
	s := serve(t)
	s.put("a.b-c_d/k", "1")
	if got := s.request("GET", "/", "").body; strings.Contains(got, "<script") || !strings.Contains(got, "a.b-c_d") {
		t.Error(got)
	}
}
