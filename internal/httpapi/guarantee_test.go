package httpapi_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// meshed is two nodes of one mesh, each behind a server.
func meshed(t *testing.T) (hub *network.Hub, a, b *served) {
	t.Helper()
	hub = network.New(1)
	open := func(name string) *served {
		n, err := node.Open(t.Context(), node.Options{Name: name, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
			return hub.Start(network.Options{Self: name, Secret: c.Secret, Dial: p2p.Backoff{Min: 10 * time.Millisecond, Max: 50 * time.Millisecond}})
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error("close:", err)
			}
		})
		return serveNode(t, httpapi.Options{Node: n})
	}
	a, b = open("a"), open("b")
	invite, err := a.node.Invite(t.Context())
	if err == nil {
		err = b.node.Join(t.Context(), invite)
	}
	if err != nil {
		t.Fatal(err)
	}
	if acked := a.request("PUT", "/v1/docs/c/first?acks=1&timeout=30s", `1`); acked.status != 201 || acked.header.Get(contract.HeaderAcks) != "1" {
		t.Fatalf("the first write: %d %s", acked.status, acked.body)
	}
	return hub, a, b
}

// TestSessionToken: what was written at one node is read at the other with the
// token: not while they are cut off, and as soon as they are not.
func TestSessionToken(t *testing.T) {
	hub, a, b := meshed(t)
	hub.Partition([]string{"a"}, []string{"b"})
	token := func(got answered) string {
		t.Helper()
		text := got.header.Get(contract.HeaderToken)
		if _, err := node.ParseSessionToken(text); err != nil {
			t.Errorf("%d %s: token %q: %v", got.status, got.body, text, err)
		}
		return contract.HeaderToken + ": " + text
	}
	at := token(a.request("PUT", "/v1/docs/c/k", `1`))
	at = token(a.request("PATCH", "/v1/docs/c/k", `2`, merge, at))
	at = token(a.request("GET", "/v1/docs/c/none", "", at))
	at = token(a.request("GET", "/v1/conflicts/c/k", "", at))
	at = token(a.request("DELETE", "/v1/docs/c/first", "", at))
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/v1/docs/c/k", ""}, {"GET", "/v1/conflicts/c/k", ""}, {"GET", "/v1/docs/c", ""}, {"PUT", "/v1/docs/c/k", `3`}, {"DELETE", "/v1/docs/c/first", ""},
		{"POST", "/v1/conflicts/c/k", `{"path":"","seen":[],"value":1}`},
	} {
		got := b.request(r.method, r.path+"?timeout=30ms", r.body, at)
		p := got.problem(t)
		if p.Code != contract.CodeSession || !strings.Contains(p.Detail, " has 1 of ") {
			t.Errorf("%s %s cut off: %+v", r.method, r.path, p)
		}
	}
	if got := b.request("GET", "/v1/docs/c/first", ""); got.status != 200 {
		t.Errorf("without a token: %d %s", got.status, got.body)
	}
	done := make(chan answered)
	go func() { done <- b.request("GET", "/v1/docs/c/k?timeout=30s", "", at) }()
	hub.Heal()
	got := <-done
	if got.status != 200 || strings.TrimSpace(got.body) != `2` {
		t.Errorf("healed: %d %s", got.status, got.body)
	}
	list := b.request("GET", "/v1/docs/c", "", token(got), "Accept: "+contract.TypeNDJSON)
	if list.status != 200 || strings.Count(list.body, "\n") != 1 {
		t.Errorf("list: %d %s", list.status, list.body)
	}
	token(list)
	bad := strings.TrimPrefix(at, contract.HeaderToken+": ")
	for _, text := range []string{"", "x", bad[1:], bad + "A", strings.Repeat("A", 5000)} {
		if p := b.request("GET", "/v1/docs/c/k", "", contract.HeaderToken+": "+text).problem(t); p.Code != contract.CodeInvalidToken {
			t.Errorf("%.60q: %+v", text, p)
		}
	}
}

// TestAcks: a write that too few peers have in time has happened all the same,
// and its answer says how many.
func TestAcks(t *testing.T) {
	hub, a, b := meshed(t)
	if p := a.request("PUT", "/v1/docs/c/k?acks=2&timeout=100ms", `1`).problem(t); p.Code != contract.CodeAcks || p.Acked == nil {
		t.Errorf("two of one: %+v", p)
	}
	for _, n := range []string{"0", "1001", "99999999999", "99999999999999999999999"} {
		for _, p := range []contract.Problem{
			a.request("PUT", "/v1/docs/c/never?acks="+n, `1`).problem(t), a.request("POST", "/v1/bulk?acks="+n, `{"collection":"c","key":"never","doc":1}`).problem(t),
		} {
			if p.Code != contract.CodeBadRequest || !strings.Contains(p.Detail, "from 1 to 1000") {
				t.Errorf("acks=%s: %+v", n, p)
			}
		}
	}
	if got := a.request("GET", "/v1/docs/c/never", ""); got.status != 404 {
		t.Errorf("written: %d", got.status)
	}
	hub.Partition([]string{"a"}, []string{"b"})
	got := a.request("PUT", "/v1/docs/c/k?acks=1&timeout=30ms", `2`)
	if p := got.problem(t); p.Code != contract.CodeAcks || p.Acked == nil || *p.Acked != 0 || got.header.Get("ETag") == "" || got.header.Get(contract.HeaderToken) == "" {
		t.Errorf("cut off: %+v %v", p, got.header)
	}
	if now := a.get("c/k"); now != `2` {
		t.Errorf("not written: %s", now)
	}
	if p := a.request("PUT", "/v1/docs/c/k?acks=0", `3`).problem(t); p.Code != contract.CodeBadRequest {
		t.Errorf("acks=0: %+v", p)
	}
	hub.Heal()
	if got := a.request("DELETE", "/v1/docs/c/k?acks=1&timeout=30s", ""); got.status != 204 || got.header.Get(contract.HeaderAcks) != "1" {
		t.Errorf("healed: %d %s", got.status, got.body)
	}
	if now := b.get("c/k"); !strings.HasPrefix(now, "error") {
		t.Errorf("acknowledged, and there still: %s", now)
	}
	if p := serve(t).request("PUT", "/v1/docs/c/k?acks=1", `1`).problem(t); p.Code != contract.CodeNoNetwork {
		t.Errorf("no network: %+v", p)
	}
}
