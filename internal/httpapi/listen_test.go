package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/patience"
)

func TestListenOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0"} {
		if _, err := httpapi.Listen(addr, "secret", nil); !errors.Is(err, httpapi.ErrExposed) || !strings.Contains(err.Error(), "--tls-cert") {
			t.Errorf("%s: %v", addr, err)
		}
	}
	for _, addr := range []string{"nowhere", "127.0.0.1:http-alt-alt", "127.0.0.1:99999"} {
		if _, err := httpapi.Listen(addr, "secret", nil); err == nil {
			t.Errorf("%s is an address", addr)
		}
	}
	l, err := httpapi.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Exposed || strings.HasSuffix(l.URL, ":0") || !strings.HasPrefix(l.URL, "http://127.0.0.1:") || l.ServesName("node.example") {
		t.Errorf("%+v", l)
	}
}

// TestServeFinishesWhatWasBegun: a request whose body is still being sent when
// the end comes is answered, and what it wrote is there; a stream ends.
func TestServeFinishesWhatWasBegun(t *testing.T) {
	base := serve(t)
	l, err := httpapi.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- httpapi.New(httpapi.Options{Node: base.node}).Serve(ctx, l) }()

	r, w := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), "PUT", l.URL+"/v1/docs/c/k", r)
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		answer *http.Response
		err    error
	}
	answers := make(chan result, 1)
	// The client holds the body back until the server asks for it, which it does
	// when the handler reads: by then the request is begun. A request that the
	// server has read, and not yet given to its handler, is dropped at an end.
	request.Header.Set("Expect", "100-continue")
	transport := &http.Transport{ExpectContinueTimeout: time.Hour}
	defer transport.CloseIdleConnections()
	go func() {
		answer, err := transport.RoundTrip(request)
		answers <- result{answer, err}
	}()
	if _, err := w.Write([]byte(`{"n":`)); err != nil {
		t.Fatal(err)
	}
	c, err := client.New(l.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if _, err := w.Write([]byte(`1}`)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	got := <-answers
	if got.err != nil {
		t.Fatal(got.err)
	}
	said, _ := io.ReadAll(got.answer.Body)
	got.answer.Body.Close()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-patience.Of(t).Done():
		t.Fatal("it goes on")
	}
	if got.answer.StatusCode != 201 || base.get("c/k") != `{"n":1}` {
		t.Errorf("%d %s, %s", got.answer.StatusCode, said, base.get("c/k"))
	}
	if _, err := c.Status(t.Context()); !errors.Is(err, client.ErrUnreachable) {
		t.Errorf("after the end: %v", err)
	}
}

// TestServeEndsWithoutWhoDoesNotEnd: a client that never sends the rest of its
// body does not make the end of the server a failure.
func TestServeEndsWithoutWhoDoesNotEnd(t *testing.T) {
	base := serve(t)
	l, err := httpapi.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() {
		done <- httpapi.New(httpapi.Options{Node: base.node, EndTime: 50 * time.Millisecond}).Serve(ctx, l)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "PUT /v1/docs/c/k HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	// The server is reading the body when it asks for it.
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 100"))); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the end: %v", err)
	}
	if got := base.get("c/k"); !strings.Contains(got, "not found") {
		t.Errorf("half a body was written: %s", got)
	}
}
