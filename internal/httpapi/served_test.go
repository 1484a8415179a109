package httpapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// served is a node in memory behind a real HTTP server.
type served struct {
	t    *testing.T
	node *node.Node
	url  string
	*client.Client
}

// serve opens a node and a server for one test.
func serve(t *testing.T) *served {
	t.Helper()
	n, err := node.Open(t.Context(), node.Options{Name: "n"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return serveNode(t, httpapi.Options{Node: n, Version: "v0", Heartbeat: 20 * time.Millisecond})
}

// serveNode serves a node that the test has opened.
func serveNode(t *testing.T, o httpapi.Options) *served {
	t.Helper()
	s := httpapi.New(o)
	hs := httptest.NewServer(s)
	t.Cleanup(func() { s.EndStreams(); hs.Close() })
	c, err := client.New(hs.URL, o.Token)
	if err != nil {
		t.Fatal(err)
	}
	return &served{t, o.Node, hs.URL, c}
}

// answered is an answer that was read.
type answered struct {
	status int
	header http.Header
	body   string
}

// problem is the body as a problem; its parts must agree with the table.
func (a answered) problem(t *testing.T) contract.Problem {
	t.Helper()
	var p contract.Problem
	if got := a.header.Get("Content-Type"); got != contract.TypeProblem {
		t.Fatalf("%d %s: type %q, want a problem", a.status, a.body, got)
	}
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatal(err)
	}
	m, ok := contract.Codes[p.Code]
	if !ok || p.Status != a.status || m.Status != a.status || p.Title != m.Title || p.Type != "urn:crdtstore:"+string(p.Code) {
		t.Errorf("status %d: %+v does not agree with the table: %+v", a.status, p, m)
	}
	return p
}

// request sends a request whose path is taken as it is. headers are "Name: value".
func (s *served) request(method, path, body string, headers ...string) answered {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{answer.StatusCode, answer.Header, string(b)}
}

// put puts or fails the test; it returns the version.
func (s *served) put(address, body string) string {
	s.t.Helper()
	c, k, _ := strings.Cut(address, "/")
	d, err := s.Put(s.t.Context(), c, k, []byte(body), client.Conditions{})
	if err != nil {
		s.t.Fatalf("put %s: %v", address, err)
	}
	return d.Version
}

// get is the document, or the error.
func (s *served) get(address string) string {
	s.t.Helper()
	c, k, _ := strings.Cut(address, "/")
	d, err := s.Get(s.t.Context(), c, k, client.ReadOptions{})
	if err != nil {
		return fmt.Sprint("error: ", err)
	}
	return string(d.JSON)
}

// ending is a server that the test ends.
type ending struct {
	*served
	end func()
}

// serveEnding serves n until end is called.
func serveEnding(t *testing.T, n *node.Node) ending {
	t.Helper()
	s := httpapi.New(httpapi.Options{Node: n})
	hs := httptest.NewServer(s)
	t.Cleanup(hs.Close)
	return ending{&served{t: t, node: n, url: hs.URL}, s.EndStreams}
}
