package httpapi_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

// pair are two nodes of one mesh, in memory, each behind its API.
func pair(t *testing.T) (a, b *served) {
	t.Helper()
	nodes := mesh(t, "a", "b")
	return nodes[0], nodes[1]
}

// mesh are so many.
func mesh(t *testing.T, names ...string) (nodes []*served) {
	t.Helper()
	hub := memory.New(1)
	open := func(name string, join ...string) *served {
		n, err := node.Open(t.Context(), node.Options{Name: name, Join: join, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
			key, err := crypto.UnmarshalEd25519PrivateKey(c.Device)
			if err != nil {
				return nil, err
			}
			self, err := peer.IDFromPrivateKey(key)
			if err != nil {
				return nil, err
			}
			return hub.Start(memory.Options{Self: self.String(), Secret: c.Secret, Dial: p2p.Backoff{Min: 10 * time.Millisecond, Max: 100 * time.Millisecond}})
		}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := n.Close(); err != nil {
				t.Error("close:", err)
			}
		})
		return serveNode(t, httpapi.Options{Node: n, Token: "secret"})
	}
	nodes = append(nodes, open(names[0]))
	invite, err := nodes[0].Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names[1:] {
		nodes = append(nodes, open(name, invite.Invite))
	}
	converge(t, nodes...)
	return nodes
}

// converge waits until both hold the same.
func converge(t *testing.T, nodes ...*served) {
	t.Helper()
	for _, s := range nodes {
		if _, err := s.WaitConverged(t.Context(), time.Until(patience.End(s.t))); err != nil {
			t.Fatal(err)
		}
	}
}

// action pauses, resumes or syncs.
func (s *served) action(action, peer string) contract.SyncReport {
	s.t.Helper()
	report, err := s.Sync(s.t.Context(), contract.SyncRequest{Action: action, Peer: peer}, time.Until(patience.End(s.t)))
	if err != nil {
		s.t.Fatalf("%s: %v", action, err)
	}
	return report
}

func TestConflictIsListedShownAndResolved(t *testing.T) {
	a, b := pair(t)
	a.put("c/k", `{"name":"Ann","visits":{"$counter":1}}`)
	a.put("c/calm", `{}`)
	converge(t, a, b)
	a.action(contract.ActionPause, "b")
	a.put("c/k", `{"name":"Anna","visits":2}`)
	b.put("c/k", `{"name":"Anne","visits":3}`)
	a.action(contract.ActionResume, "")
	if report := a.action(contract.ActionSync, "b"); !report.Converged() || len(report.Peers) != 1 || report.Peers[0].Name != "b" {
		t.Errorf("sync: %+v", report)
	}
	converge(t, a, b)

	// Both show the same winner, and the other value beside it.
	if x, y := a.get("c/k"), b.get("c/k"); x != y || a.request("GET", "/v1/docs/c/k", "").header.Get("X-Conflicts") != "true" {
		t.Errorf("a %s, b %s", x, y)
	}
	var listed []contract.ConflictedDocument
	for d, err := range a.Conflicts(t.Context(), "c") {
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, d)
	}
	if len(listed) != 1 || listed[0].Key != "k" || len(listed[0].Conflicts) != 1 {
		t.Fatalf("listed: %+v", listed)
	}
	conflict := listed[0].Conflicts[0]
	if conflict.Path != "/name" || conflict.Kind != "value" || len(conflict.Candidates) != 2 || !conflict.Candidates[0].Shown || conflict.Candidates[1].Shown {
		t.Fatalf("conflict: %+v", conflict)
	}
	var page contract.ConflictPage
	if err := json.Unmarshal([]byte(a.request("GET", "/v1/conflicts/c", "").body), &page); err != nil || len(page.Documents) != 1 || page.Next != nil {
		t.Errorf("page: %+v %v", page, err)
	}

	first, other := conflict.Candidates[0].Dot, conflict.Candidates[1].Dot
	for body, code := range map[string]contract.Code{
		`{"path":"/name","seen":["` + first + `"],"take":"` + first + `"}`:                           contract.CodeUnseen,
		`{"path":"/name","seen":["` + first + `","` + other + `"]}`:                                  contract.CodeBadRequest,
		`{"path":"/name","seen":["x:1"],"take":"` + first + `"}`:                                     contract.CodeBadRequest,
		`{"path":"name","seen":["` + first + `","` + other + `"],"value":1}`:                         contract.CodeInvalidPath,
		`{"path":"/visits","seen":["` + first + `","` + other + `"],"value":1}`:                      contract.CodeNotFound,
		`{"path":"/name","seen":["` + first + `","` + other + `"],"value":{"$nope":1}}`:              contract.CodeInvalidDocument,
		`{"path":"/name","sean":["` + first + `","` + other + `"],"value":1}`:                        contract.CodeInvalidJSON,
		`{"path":"/name","seen":["` + first + `","` + other + `"],"value":1,"take":"` + first + `"}`: contract.CodeBadRequest,
		`{"path":"/name","seen":["` + first + `","` + other + `"],"take":"` + first[:33] + `99"}`:    contract.CodeCandidate,
	} {
		if p := a.request("POST", "/v1/conflicts/c/k", body).problem(t); p.Code != code {
			t.Errorf("%s: %+v, want %s", body, p, code)
		}
	}
	if got := a.get("c/k"); got != b.get("c/k") {
		t.Errorf("what was refused has changed something: %s", got)
	}

	left, err := b.Resolve(t.Context(), "c", "k", contract.Resolution{Path: "/name", Seen: []string{first, other}, Take: other}, client.Conditions{})
	if err != nil || len(left.Conflicts) != 0 {
		t.Fatalf("resolve: %+v %v", left, err)
	}
	converge(t, b, a)
	want := `{"name":` + string(conflict.Candidates[1].Value) + `,"visits":4}`
	if got := a.get("c/k"); got != want {
		t.Errorf("resolved: %s, want %s", got, want)
	}
	if d, err := a.ConflictsOf(t.Context(), "c", "k"); err != nil || len(d.Conflicts) != 0 || d.Version != left.Version {
		t.Errorf("left at the other: %+v %v", d, err)
	}
	if _, err := a.ConflictsOf(t.Context(), "c", "none"); problemCode(err) != contract.CodeNotFound {
		t.Errorf("of no document: %v", err)
	}
}

func problemCode(err error) contract.Code {
	p, ok := err.(*contract.Problem)
	if !ok {
		return ""
	}
	return p.Code
}

func TestPeersAndStatus(t *testing.T) {
	a, b := pair(t)
	a.put("c/k", `1`)
	converge(t, a, b)
	roots := map[string]bool{}
	for _, s := range []*served{a, b} {
		root, err := s.Root(t.Context(), "c")
		if err != nil || root.Collection != "c" {
			t.Fatal(root, err)
		}
		roots[root.Root] = true
		status, err := s.Status(t.Context())
		if err != nil || status.Name != s.node.Name() || len(status.Collections) != 1 || status.Collections[0].Documents != 1 || len(status.Peers) != 1 {
			t.Fatalf("status: %+v %v", status, err)
		}
		p := status.Peers[0]
		if p.State != "in-sync" || p.Why != "" || p.Behind == nil || p.Behind.N != 0 || p.Ahead == nil || p.Ahead.N != 0 || p.LastConverged == nil {
			t.Errorf("peer: %+v", p)
		}
	}
	if len(roots) != 1 {
		t.Errorf("roots: %v", roots)
	}
	a.action(contract.ActionPause, "")
	b.put("c/k2", `2`)
	peers, err := a.Peers(t.Context())
	if err != nil || len(peers.Peers) != 1 || peers.Peers[0].State != "paused" || peers.Peers[0].Why != "paused here" {
		t.Errorf("paused: %+v %v", peers, err)
	}
	if _, err := a.WaitConverged(t.Context(), 50*time.Millisecond); problemCode(err) != contract.CodeNotConverged {
		t.Errorf("wait while paused: %v", err)
	}
	if _, err := a.Sync(t.Context(), contract.SyncRequest{Peer: "nobody"}, 0); problemCode(err) != contract.CodeUnknownPeer {
		t.Errorf("sync with nobody: %v", err)
	}
	for body, status := range map[string]int{`{"action":"dance"}`: 400, `{"pear":"a"}`: 400, `{`: 400} {
		if got := a.request("POST", "/v1/sync", body); got.status != status {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}
