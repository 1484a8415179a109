package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// against is a client of something that answers with handle.
func against(t *testing.T, handle http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	c, err := client.New(s.URL, "secret")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestURLs(t *testing.T) {
	for base, want := range map[string]string{"http://127.0.0.1:7411": "http://127.0.0.1:7411", "localhost:1/": "http://localhost:1", "https://n.example": "https://n.example"} {
		if c, err := client.New(base, ""); err != nil || c.URL() != want {
			t.Errorf("%s: %v", base, err)
		}
	}
	for _, bad := range []string{"", "ftp://x", "http://", "http://x/path", "http://x?q=1", "http://[::1"} {
		if _, err := client.New(bad, ""); !errors.Is(err, client.ErrURL) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestWhatAnswersIsNotANode: something else is told from a problem of a node.
func TestWhatAnswersIsNotANode(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"a page":     func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 404) },
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://other.example/", 302) },
		"not JSON":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") },
		"an empty problem": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contract.TypeProblem)
			w.WriteHeader(400)
			fmt.Fprint(w, "{}")
		},
	} {
		if _, err := against(t, handle).Status(t.Context()); !errors.Is(err, client.ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := client.New("http://127.0.0.1:1", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("nobody: %v", err)
	}
}

// TestCutStreamIsAnError: a part of a list is never taken for the list.
func TestCutStreamIsAnError(t *testing.T) {
	c := against(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, `{"key":"a","doc":1}`)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	n, last := 0, error(nil)
	for _, err := range c.List(t.Context(), "c", client.ListOptions{}) {
		n, last = n+1, err
	}
	if n != 2 || last == nil {
		t.Errorf("%d items, then %v", n, last)
	}
}

func TestEndOfContextIsItsOwnError(t *testing.T) {
	c := against(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Status(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestRequests: what is sent is what was asked for, and the token with it.
func TestRequests(t *testing.T) {
	var got string
	c := against(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is missing shows in the comparison
		got = strings.TrimSpace(fmt.Sprintf("%s %s %s%s%s %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("If-Match"), r.Header.Get("If-None-Match"), body))
		w.Header().Set("ETag", `"v"`)
		fmt.Fprintln(w, `{}`)
	})
	ctx := t.Context()
	for _, step := range []struct {
		want string
		do   func() error
	}{
		{"GET /v1/docs/c/a%20b/%25?format=typed&path=%2Fx Bearer secret", func() error {
			_, err := c.Get(ctx, "c", "a b/%", client.ReadOptions{Typed: true, Path: "/x"})
			return err
		}},
		{`PUT /v1/docs/c/k Bearer secret"v1" {"a":1}`, func() error {
			_, err := c.Put(ctx, "c", "k", []byte(`{"a":1}`), client.Conditions{IfVersion: "v1"})
			return err
		}},
		{`PUT /v1/docs/c/k Bearer secret* 1`, func() error {
			_, err := c.Put(ctx, "c", "k", []byte(`1`), client.Conditions{IfAbsent: true})
			return err
		}},
		{`DELETE /v1/docs/c/k Bearer secret"v1"`, func() error { return c.Delete(ctx, "c", "k", client.Conditions{IfVersion: "v1"}) }},
		{`POST /v1/sync?timeout=1m0s Bearer secret {"action":"pause","peer":"b"}`, func() error {
			_, err := c.Sync(ctx, contract.SyncRequest{Action: "pause", Peer: "b"}, time.Minute)
			return err
		}},
	} {
		if err := step.do(); err != nil || got != step.want {
			t.Errorf("%s, want %s: %v", got, step.want, err)
		}
	}
}

func ExampleClient_Put() {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"bafy"`)
		w.WriteHeader(http.StatusCreated)
	}))
	defer s.Close()
	c, err := client.New(s.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := c.Put(context.Background(), "people", "ann", []byte(`{"name":"Ann"}`), client.Conditions{IfAbsent: true})
	fmt.Println(d.Version, d.Created, err)
	// Output: bafy true <nil>
}
