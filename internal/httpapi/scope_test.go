package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
)

// TestScope: it is shown, and changed by who has the token; what is out of it is
// refused by every route.
func TestScope(t *testing.T) {
	n, err := node.Open(t.Context(), node.Options{Collections: []string{"config", "logs/2026-"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	s := serveNode(t, httpapi.Options{Node: n, Token: "secret"})
	put := func(body, query string) answered {
		return s.request("PUT", "/v1/scope"+query, body, "Authorization: Bearer secret")
	}
	if got := s.request("GET", "/v1/scope", ""); got.body != `{"collections":["config","logs/2026-"],"pending":null}`+"\n" {
		t.Errorf("%d %s", got.status, got.body)
	}
	s.put("logs/2026-01", `1`)
	for _, q := range []struct{ method, path, body string }{
		{"GET", "/v1/docs/logs/2025-01", ""}, {"PUT", "/v1/docs/people/ann", `1`}, {"DELETE", "/v1/docs/people/ann", ""},
		{"GET", "/v1/docs/people", ""}, {"GET", "/v1/docs/logs?prefix=2025", ""}, {"GET", "/v1/conflicts/people", ""},
		{"GET", "/v1/conflicts/people/ann", ""}, {"GET", "/v1/collections/people/root", ""}, {"GET", "/v1/changes?collection=people&timeout=1s", ""},
	} {
		if got := s.request(q.method, q.path, q.body); got.status != 409 || got.problem(t).Code != contract.CodeOutOfScope {
			t.Errorf("%s %s: %d %s", q.method, q.path, got.status, got.body)
		}
	}
	bulk := s.request("POST", "/v1/bulk", `{"collection":"people","key":"ann","doc":1}`+"\n"+`{"collection":"config","key":"a","doc":1}`+"\n")
	if lines := strings.Split(bulk.body, "\n"); !strings.Contains(lines[0], `"out-of-scope"`) || !strings.Contains(lines[1], `"created":true`) {
		t.Errorf("bulk: %s", bulk.body)
	}
	if got := s.request("PUT", "/v1/scope", `{"collections":["config"]}`); got.status != 401 {
		t.Errorf("without the token: %d", got.status)
	}
	if got := put(`{"collections":["Config"]}`, ""); got.status != 400 || got.problem(t).Code != contract.CodeInvalidScope {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := put(`{"collections":["config"]}`, ""); got.status != 409 || got.problem(t).Code != contract.CodeUnsent {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := put(`{"collections":["config"]}`, "?force=true"); got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	status, err := s.Status(t.Context())
	if err != nil || !slices.Equal(status.Scope.Collections, []string{"config"}) || len(status.Collections) != 1 {
		t.Errorf("%+v %v", status, err)
	}
}

// TestBulkInASession: lines are written when the node has what the session has
// seen, and the session has seen them; acks are told line by line.
func TestBulkInASession(t *testing.T) {
	hub, a, b := meshed(t)
	results := func(got answered) (all []contract.BulkResult) {
		t.Helper()
		for line := range strings.Lines(got.body) {
			var r contract.BulkResult
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%d %s: %v", got.status, got.body, err)
			}
			all = append(all, r)
		}
		return all
	}
	lines := `{"collection":"c","key":"x","doc":1}` + "\n" + `{"collection":"c","key":"y","doc":1}` + "\n"
	for _, query := range []string{"?", "?atomic=true&"} {
		all := results(a.request("POST", "/v1/bulk"+query+"acks=1&timeout=30s&session=new", lines))
		if len(all) != 2 || all[1].Session == "" || all[0].Acks == nil || *all[0].Acks != 1 || all[0].Error != nil {
			t.Fatalf("%s: %+v", query, all)
		}
	}
	hub.Partition([]string{"a"}, []string{"b"})
	all := results(a.request("POST", "/v1/bulk?session=new", lines+`{"collection":"c","key":"z","doc":2}`+"\n"))
	token := contract.HeaderToken + ": " + all[len(all)-1].Session
	late := results(b.request("POST", "/v1/bulk?timeout=50ms", lines, token))
	if len(late) != 1 || late[0].Error == nil || late[0].Error.Code != contract.CodeSession || !strings.Contains(late[0].Error.Detail, "has 3 of 4") {
		t.Errorf("cut off: %+v", late)
	}
	few := results(a.request("POST", "/v1/bulk?acks=1&timeout=50ms", `{"collection":"c","key":"w","doc":2}`))
	if len(few) != 1 || few[0].Version == nil || few[0].Error == nil || few[0].Error.Code != contract.CodeAcks || *few[0].Acks != 0 {
		t.Errorf("acks, cut off: %+v", few)
	}
	if got := b.request("GET", "/v1/conflicts/c?timeout=50ms", "", token); got.status != 504 {
		t.Errorf("conflicts, cut off: %d %s", got.status, got.body)
	}
	hub.Heal()
	if got := results(b.request("POST", "/v1/bulk?timeout=30s", lines, token)); len(got) != 2 || got[0].Error != nil {
		t.Errorf("healed: %+v", got)
	}
}

// TestListWhileCatchingUp: where a node knows more of some keys than of others,
// and nobody is there to bring the rest, a list without a session waits for
// nothing: what it shows itself is no reason.
func TestListWhileCatchingUp(t *testing.T) {
	n, err := node.Open(t.Context(), node.Options{Collections: []string{"w/a"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	s := serveNode(t, httpapi.Options{Node: n, Token: "secret"})
	s.put("w/a", `1`)
	if got := s.request("PUT", "/v1/scope", `{"collections":["*"]}`, "Authorization: Bearer secret"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	s.put("w/b", `2`)
	for _, accept := range []string{contract.TypeJSON, contract.TypeNDJSON} {
		ctx, cancel := context.WithDeadline(t.Context(), patience.End(t))
		r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/v1/docs/w", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", accept)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Errorf("%s: %v", accept, err)
		} else {
			body, err := io.ReadAll(a.Body)
			if a.Body.Close(); err != nil || !strings.Contains(string(body), `"a"`) || !strings.Contains(string(body), `"b"`) || a.Header.Get(contract.HeaderToken) == "" {
				t.Errorf("%s: %d %s %v", accept, a.StatusCode, body, err)
			}
		}
		cancel()
	}
}
