package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/internal/patience"
)

// open begins a stream and returns its lines; it ends with the test.
func (s *served) open(path string, headers ...string) (*bufio.Scanner, http.Header) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	s.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != 200 {
		s.t.Fatalf("%s: %d", path, answer.StatusCode)
	}
	return bufio.NewScanner(answer.Body), answer.Header
}

func change(t *testing.T, text string) (c contract.Change) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

func TestChangesAsLines(t *testing.T) {
	s := serve(t)
	s.put("c/old", `1`)
	lines, header := s.open("/v1/changes?since=now&collection=c")
	if header.Get(contract.HeaderToken) == "" || header.Get("Content-Type") != contract.TypeNDJSON {
		t.Errorf("headers: %v", header)
	}
	version := s.put("c/new", `1`)
	s.put("other/k", `1`)
	lines.Scan()
	first := change(t, lines.Text())
	if first.Key != "new" || first.Collection != "c" || first.Version == nil || *first.Version != version || first.Deleted || first.Token == "" {
		t.Errorf("first: %s", lines.Text())
	}
	if err := s.Delete(t.Context(), "c", "new", client.Conditions{}); err != nil {
		t.Fatal(err)
	}
	lines.Scan()
	if c := change(t, lines.Text()); c.Key != "new" || !c.Deleted || c.Version != nil || !strings.Contains(lines.Text(), `"version":null`) {
		t.Errorf("removal: %s", lines.Text())
	}

	// The token goes on behind the first change.
	lines, _ = s.open("/v1/changes?limit=1&collection=c&since=" + first.Token)
	if lines.Scan(); change(t, lines.Text()).Deleted != true {
		t.Errorf("resumed: %s", lines.Text())
	}
	if lines.Scan() {
		t.Errorf("limit=1, and another came: %s", lines.Text())
	}

	// Without a token everything comes.
	got := map[string]bool{}
	lines, _ = s.open("/v1/changes?limit=2")
	for lines.Scan() {
		got[change(t, lines.Text()).Key] = true
	}
	if !got["old"] {
		t.Errorf("everything: %v", got)
	}
}

func TestChangesAsEvents(t *testing.T) {
	s := serve(t)
	lines, header := s.open("/v1/changes?since=now", "Accept: text/event-stream")
	if header.Get("Content-Type") != contract.TypeEvents {
		t.Errorf("headers: %v", header)
	}
	for lines.Scan() && lines.Text() != ": alive" { // it beats while nothing comes
	}
	s.put("c/k", `1`)
	var event []string
	for lines.Scan() {
		if text := lines.Text(); text != "" && text[0] != ':' {
			event = append(event, text)
		}
		if len(event) == 3 {
			break
		}
	}
	id, ok := strings.CutPrefix(event[0], "id: ")
	data := strings.TrimPrefix(event[2], "data: ")
	if !ok || event[1] != "event: change" || change(t, data).Token != id || change(t, data).Key != "k" {
		t.Errorf("event: %q", event)
	}
	// A browser that reconnects sends the id.
	s.put("c/next", `1`)
	lines, _ = s.open("/v1/changes?since=now", "Accept: text/event-stream", "Last-Event-ID: "+id)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			if change(t, data).Key != "next" {
				t.Errorf("resumed: %s", data)
			}
			break
		}
	}
}

func TestLongPoll(t *testing.T) {
	s := serve(t)
	poll := func(query string) (page contract.ChangePage) {
		t.Helper()
		got := s.request("GET", "/v1/changes?"+query, "")
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err, got.body)
		}
		return page
	}
	now := poll("since=now&timeout=0s")
	if len(now.Changes) != 0 || now.Token == "" && s.get("c/k") == "" {
		t.Errorf("nothing: %+v", now)
	}
	pages := make(chan contract.ChangePage)
	go func() { pages <- poll("timeout=1m&since=" + now.Token) }()
	s.put("c/k", `1`)
	page := <-pages
	if len(page.Changes) != 1 || page.Changes[0].Key != "k" || page.Token != page.Changes[0].Token {
		t.Errorf("after a change: %+v", page)
	}
	if again := poll("timeout=10ms&since=" + page.Token); len(again.Changes) != 0 || again.Token != page.Token {
		t.Errorf("nothing more: %+v", again)
	}
	for _, query := range []string{"timeout=soon", "timeout=-1s", "prefix=a", "collection=c&prefix=a//", "since=nonsense", "limit=0"} {
		if got := s.request("GET", "/v1/changes?"+query, ""); got.status != 400 {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

// TestStreamsEndWithTheServer: a graceful shutdown does not wait for them.
func TestStreamsEndWithTheServer(t *testing.T) {
	base := serve(t)
	s := serveEnding(t, base.node)
	lines, _ := s.open("/v1/changes?since=now")
	ended := make(chan bool)
	go func() { ended <- lines.Scan() }()
	s.end()
	select {
	case <-ended:
	case <-patience.Of(t).Done():
		t.Fatal("the stream goes on")
	}
}
