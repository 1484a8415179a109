package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// raw sends bytes that no client would, says that there are no more, and
// returns the answer.
func (s *served) raw(text string) (*http.Response, string) {
	s.t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		s.t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		s.t.Fatalf("%q: %v", text, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatalf("%q: %v", text, err)
	}
	return answer, string(body)
}

// TestBrokenBodiesAreTheClientsFault: a body that breaks off is a 400, never an
// internal error, and nothing of it is written.
func TestBrokenBodiesAreTheClientsFault(t *testing.T) {
	s := serve(t)
	for _, c := range []struct{ request, body string }{
		{"PUT /v1/docs/c/k", "Content-Length: 10\r\n\r\n1"},
		{"PUT /v1/docs/c/k", "Transfer-Encoding: chunked\r\n\r\nZZ\r\n1"},
		{"PUT /v1/docs/c/k", "Transfer-Encoding: chunked\r\n\r\n1\r\n1"},
		{"POST /v1/conflicts/c/k", "Content-Length: 10\r\n\r\n{"},
		{"POST /v1/bulk?collection=c&atomic=true", "Content-Length: 90\r\n\r\n{\"key\":\"k\",\"doc\":1}\n{\"ke"},
	} {
		answer, body := s.raw(c.request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + c.body)
		if answer.StatusCode != 400 || !strings.Contains(body, "the body broke off") {
			t.Errorf("%s with %q: %s %s", c.request, c.body, answer.Status, body)
		}
	}
	if got := s.request("GET", "/v1/docs/c/k", ""); got.status != 404 {
		t.Errorf("written all the same: %s", got.body)
	}
}

// TestAtomicBulkIsBounded: what one transaction takes is gathered in memory.
func TestAtomicBulkIsBounded(t *testing.T) {
	s := serve(t)
	line := fmt.Sprintf("{\"key\":\"k\",\"doc\":%q}\n", strings.Repeat("a", 1<<20))
	p := s.request("POST", "/v1/bulk?collection=c&atomic=true", strings.Repeat(line, 5)).problem(t)
	if p.Code != contract.CodeTooLarge {
		t.Errorf("5 MiB in one transaction: %+v", p)
	}
}

// TestBulkMembers: a member of a line that is given twice, or in other letters,
// is not a way to write something else than what was looked at.
func TestBulkMembers(t *testing.T) {
	s := serve(t)
	got := s.request("POST", "/v1/bulk?collection=c", `{"key":"a","key":"b","doc":1}`+"\n"+`{"Key":"c","doc":1}`)
	for _, want := range []string{`\"key\" is given twice`, `unknown member \"Key\"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s: want %s", got.body, want)
		}
	}
	if got := s.request("GET", "/v1/docs/c?keys=true", ""); !strings.Contains(got.body, `"documents":[]`) {
		t.Errorf("written: %s", got.body)
	}
}

// TestOptionsOfForeignHosts: the one request that has no path is answered by
// the same rules.
func TestOptionsOfForeignHosts(t *testing.T) {
	base := serve(t)
	l, err := httpapi.Listen("127.0.0.1:0", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- httpapi.New(httpapi.Options{Node: base.node}).Serve(ctx, l) }()
	defer func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	s := &served{t, base.node, l.URL, base.Client}
	if answer, body := s.raw("OPTIONS * HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"); answer.StatusCode != 403 {
		t.Errorf("%s %s", answer.Status, body)
	}
}
