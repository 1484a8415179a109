package integration

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keys lists what a peer holds of a collection.
func (p *peer) keys(collection string) []string {
	p.t.Helper()
	return strings.Fields(strings.ReplaceAll(p.ctl("ls", collection, "-o", "ndjson", "--jq", ".key"), `"`, ""))
}

// TestScopeOfProcesses: a process holds what its flag says; told to hold
// less, and then more, it drops and takes in, while another one writes, is killed
// in between, and nobody else loses anything.
func TestScopeOfProcesses(t *testing.T) {
	all := startPeer(t, "all")
	some := startPeer(t, "some", "--join", all.invite(), "--collections", "config,logs/2026-")
	for i := range 30 {
		for _, key := range []string{"logs/2025-%02d", "logs/2026-%02d", "config/%02d"} {
			all.ctl("put", fmt.Sprintf(key, i), fmt.Sprint(i))
		}
	}
	some.ctl("wait", "--converged", "--timeout", unhurried)
	if got := len(some.keys("logs")) + len(some.keys("config")); got != 60 {
		t.Fatalf("some holds %d documents", got)
	}
	for _, command := range [][]string{{"get", "logs/2025-01"}, {"put", "logs/2025-01", "1"}, {"del", "people/ann"}, {"ls", "people"}} {
		if got := some.ctlFails([]int{6}, command...); !strings.Contains(got.stderr, "out of this node's scope") {
			t.Errorf("%v: %s", command, got.stderr)
		}
	}

	some.pause()
	some.ctl("put", "config/unsent", "1")
	refused := some.ctlFails([]int{1}, "scope", "logs/2025-")
	if !strings.Contains(refused.stderr, "the first config/unsent") {
		t.Errorf("unsent: %s", refused.stderr)
	}
	if a := some.request("PUT", "/v1/scope", `{"collections":["logs"]}`); a.status != 401 {
		t.Errorf("without the token: %d %s", a.status, a.body)
	}
	some.resume()
	some.ctl("wait", "--converged", "--timeout", unhurried)
	some.ctl("scope", "logs/2025-")
	some.kill() // perhaps in the middle of dropping
	all.ctl("put", "logs/2025-00", `"changed"`)
	some.restart()
	some.ctl("wait", "--converged", "--timeout", unhurried)
	if got := some.keys("logs"); len(got) != 30 || !strings.HasPrefix(got[0], "2025-00") {
		t.Errorf("some holds %v", got)
	}
	if got := strings.TrimSpace(some.ctl("get", "logs/2025-00")); got != `"changed"` {
		t.Errorf("some shows %s", got)
	}
	if got := strings.TrimSpace(some.ctl("scope")); got != "logs/2025-" {
		t.Errorf("scope %q", got)
	}
	if got := len(all.keys("logs")) + len(all.keys("config")); got != 91 {
		t.Errorf("all holds %d documents", got)
	}
	some.ctl("scope", "*")
	some.ctl("wait", "--converged", "--timeout", unhurried)
	converged(t, "logs", all, some)
	converged(t, "config", all, some)
}

// TestSessionFile: commands with one file are one session, whatever node they
// talk to: bulk writes, single ones, reads and lists.
func TestSessionFile(t *testing.T) {
	peers := mesh(t, "a", "b")
	a, b := peers[0], peers[1]
	a.ctl("put", "c/first", "1", "--acks", "1", "--timeout", unhurried)
	file := filepath.Join(t.TempDir(), "session")
	b.pause()
	a.ctlIn(`{"key":"k1","doc":1}`+"\n"+`{"key":"k2","doc":2}`+"\n", "--session", file, "import", "c", "-")
	if late := b.ctlFails([]int{8}, "--session", file, "ls", "c"); !strings.Contains(late.stderr, "a has 1 of 3") {
		t.Errorf("paused: %s", late.stderr)
	}
	b.resume()
	if got := strings.Fields(b.ctl("--session", file, "ls", "c", "-o", "ndjson", "--jq", ".key")); !slices.Equal(got, []string{`"first"`, `"k1"`, `"k2"`}) {
		t.Errorf("b lists %v", got)
	}
	b.ctl("--session", file, "put", "c/k1", "3")
	if got := strings.TrimSpace(a.ctl("get", "c/k1", "--session", file)); got != "3" {
		t.Errorf("a shows %s", got)
	}
	var result struct {
		Acks    int
		Session string
	}
	bulk := a.request("POST", "/v1/bulk?collection=c&acks=1&timeout="+unhurried+"&session=new", `{"key":"k3","doc":1}`)
	if err := json.Unmarshal([]byte(bulk.body), &result); err != nil || result.Acks != 1 || result.Session == "" {
		t.Errorf("bulk: %d %s", bulk.status, bulk.body)
	}
	if got := strings.TrimSpace(b.ctl("get", "c/k3")); got != "1" {
		t.Errorf("acknowledged, and b shows %s", got)
	}
}
