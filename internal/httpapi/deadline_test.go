package httpapi_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestBodyTimeIsForTheBody: a client that does not send its body is cut; a
// request that waits longer for something else, and a connection that is used
// again later, are not.
func TestBodyTimeIsForTheBody(t *testing.T) {
	a, b := pair(t)
	const limit = 50 * time.Millisecond
	s := serveNode(t, httpapi.Options{Node: a.node, BodyTime: limit})

	r, w := io.Pipe()
	defer w.Close()
	request, err := http.NewRequestWithContext(t.Context(), "PUT", s.url+"/v1/docs/c/slow", r)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.DefaultClient.Do(request); err == nil {
		answer.Body.Close()
		if answer.StatusCode < 400 {
			t.Errorf("half a body: %d", answer.StatusCode)
		}
	}

	// A request that waits for a peer outlasts the time for its body.
	if err := b.node.Close(); err != nil {
		t.Fatal(err)
	}
	began, wait := time.Now(), 4*limit
	got := s.request("POST", "/v1/sync?timeout="+wait.String(), `{"peer":"b"}`)
	if p := got.problem(t); p.Code != contract.CodeNotConverged || time.Since(began) < wait {
		t.Errorf("after %s of %s: %+v", time.Since(began), wait, p)
	}

	// So does a bulk request whose lines came at once, and the connection
	// after it.
	lines := strings.Repeat(`{"key":"k","doc":2}`+"\n", 3)
	for range 2 {
		if got := s.request("POST", "/v1/bulk?collection=c", lines); got.status != 200 {
			t.Errorf("bulk: %d %s", got.status, got.body)
		}
		if got := s.request("GET", "/v1/changes?since=now&timeout="+(2*limit).String(), ""); got.status != 200 {
			t.Errorf("a wait: %d %s", got.status, got.body)
		}
	}
}
