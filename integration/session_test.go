package integration

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
)

const sessionHeader = "X-Session-Token"

// session is the header with which a client goes on after an answer.
func (a answer) session(t testing.TB) string {
	t.Helper()
	token := a.header.Get(sessionHeader)
	if token == "" || len(token) > 1024 {
		t.Errorf("%d %s: token %q", a.status, a.body, token)
	}
	return sessionHeader + ": " + token
}

// TestSessionMovesOn: a client takes what it has written from one process to
// another that is paused, and is told so; after that, and when the first has been
// killed and started again, it reads it there.
func TestSessionMovesOn(t *testing.T) {
	peers := mesh(t, "a", "b")
	a, b := peers[0], peers[1]
	first := a.request("PUT", docPath("c", "k")+"?acks=1&timeout="+unhurried, `1`)
	if first.status != 201 || first.header.Get("X-Acks") != "1" {
		t.Fatalf("the first write: %d %s", first.status, first.body)
	}
	b.pause()
	at := a.request("PUT", docPath("c", "k"), `2`, first.session(t)).session(t)
	late := b.request("GET", docPath("c", "k")+"?timeout=50ms", "", at)
	var p problem
	if err := json.Unmarshal([]byte(late.body), &p); err != nil || late.status != http.StatusGatewayTimeout || p.Code != "session-timeout" || !strings.Contains(p.Detail, "a has 1 of 2") {
		t.Errorf("paused: %d %s", late.status, late.body)
	}
	if old := b.request("GET", docPath("c", "k"), ""); strings.TrimSpace(old.body) != `1` {
		t.Errorf("without a token: %d %s", old.status, old.body)
	}
	answered := make(chan answer)
	go func() {
		got, err := b.try("GET", docPath("c", "k")+"?timeout="+unhurried, "", at)
		if err != nil {
			got.body = err.Error()
		}
		answered <- got
	}()
	b.resume()
	got := <-answered
	if got.status != 200 || strings.TrimSpace(got.body) != `2` {
		t.Errorf("resumed: %d %s", got.status, got.body)
	}
	b.kill()
	b.restart()
	for _, q := range peers {
		if again := q.request("GET", docPath("c", "k")+"?timeout="+unhurried, "", got.session(t)); strings.TrimSpace(again.body) != `2` {
			t.Errorf("%s after the crash: %d %s", q.name, again.status, again.body)
		}
	}
}

// TestAcksOfProcesses: with one of three processes paused a write is on one
// other, and is said to be; crdtctl tells by its exit code, and it is written.
func TestAcksOfProcesses(t *testing.T) {
	a := startPeer(t, "a")
	b := startPeer(t, "b", "--join", a.invite())
	c := startPeer(t, "c", "--join", a.invite())
	a.ctl("put", "c/k", "1", "--acks", "2", "--timeout", unhurried)
	for _, q := range []*peer{b, c} {
		if got := strings.TrimSpace(q.ctl("get", "c/k")); got != "1" {
			t.Errorf("%s has acknowledged, and shows %s", q.name, got)
		}
	}
	c.pause()
	a.ctl("put", "c/k", "2", "--acks", "1", "--timeout", unhurried)
	for limit := time.Second; ; limit *= 2 { // how long b takes for it is up to the machine
		few := a.ctlFails([]int{8}, "put", "c/k", "3", "--acks", "2", "--timeout", limit.String())
		if strings.Contains(few.stderr, "1 of 2 have it on disk") {
			break
		}
		if !strings.Contains(few.stderr, "0 of 2 have it on disk") || time.Now().Add(2*limit).After(patience.End(t)) {
			t.Fatalf("said after %v: %s", limit, few.stderr)
		}
	}
	if got := strings.TrimSpace(a.ctl("get", "c/k")); got != "3" {
		t.Errorf("not written: %s", got)
	}
	a.ctlFails([]int{2}, "put", "c/k", "4", "--acks", "0")
}

// TestChangesResumeElsewhere: a token of changes of one process is good at
// another, which shows what came since, and nothing that was shown before.
func TestChangesResumeElsewhere(t *testing.T) {
	peers := mesh(t, "a", "b")
	a, b := peers[0], peers[1]
	for i := range 5 {
		a.ctl("put", fmt.Sprintf("c/before%d", i), "1", "--acks", "1", "--timeout", unhurried)
	}
	var page struct {
		Changes []struct{ Key string }
		Token   string
	}
	if err := a.getJSON("/v1/changes?collection=c&timeout=1s", &page); err != nil || len(page.Changes) != 5 {
		t.Fatalf("%+v, %v", page, err)
	}
	a.ctl("put", "c/after", "1", "--acks", "1", "--timeout", unhurried)
	since := page.Token
	page.Changes = nil
	if err := b.getJSON("/v1/changes?collection=c&timeout="+unhurried+"&since="+since, &page); err != nil || len(page.Changes) != 1 || page.Changes[0].Key != "after" {
		t.Errorf("elsewhere: %+v, %v", page, err)
	}
}
