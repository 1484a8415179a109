package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// results are what a bulk request answers, as "line:status".
func (s *served) results(query, body string) (out []string) {
	s.t.Helper()
	got := s.request("POST", "/v1/bulk"+query, body, "Content-Type: "+contract.TypeNDJSON)
	if got.status != 200 {
		p := got.problem(s.t)
		return []string{fmt.Sprintf("%d:%s", p.Line, p.Code)}
	}
	for text := range strings.Lines(got.body) {
		var r contract.BulkResult
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			s.t.Fatal(err, text)
		}
		switch {
		case r.Error != nil:
			out = append(out, fmt.Sprintf("%d:%s", r.Line, r.Error.Code))
		case r.Created:
			out = append(out, fmt.Sprintf("%d:created", r.Line))
		case r.Changed:
			out = append(out, fmt.Sprintf("%d:changed", r.Line))
		default:
			out = append(out, fmt.Sprintf("%d:same", r.Line))
		}
	}
	return out
}

func TestBulk(t *testing.T) {
	lines := strings.Join([]string{
		`{"key":"a","doc":{"n":1}}`,
		`{"key":"b","doc":{"n":{"$counter":1}}}`,
		`{"key":"a","doc":{"n":1}}`,
		``,
		`{"key":"b","ops":[{"op":"incr","path":"/n","by":2}]}`,
		`{"key":"bad//key","doc":{}}`,
		`{"key":"c","doc":{"x":{"$nope":1}}}`,
		`not json`,
		`{"key":"c"}`,
		`{"key":"c","doc":{},"delete":true}`,
		`{"key":"c","dok":{}}`,
		`{"key":"a","doc":{"n":2},"ifAbsent":true}`,
		`{"key":"a","merge":{"m":true}}`,
		`{"key":"d","collection":"other","doc":[1]}`,
		`{"key":"zz","delete":true}`,
		`{"key":"d","doc":{},"collection":"No"}`,
		`{"key":"a","doc":{"n":2},"ifVersion":"old"}`,
	}, "\n") + "\n"
	want := "1:created 2:created 3:same 5:changed 6:invalid-key 7:invalid-document 8:invalid-json 9:bad-request 10:bad-request 11:invalid-json 12:version-mismatch 13:changed 14:created 15:not-found 16:invalid-collection 17:version-mismatch"

	s := serve(t)
	if got := strings.Join(s.results("?collection=c", lines), " "); got != want {
		t.Errorf("bulk:\n%s, want\n%s", got, want)
	}
	if a, b, d := s.get("c/a"), s.get("c/b"), s.get("other/d"); a != `{"m":true,"n":1}` || b != `{"n":3}` || d != `[1]` {
		t.Errorf("a %s, b %s, d %s", a, b, d)
	}

	stopping := serve(t)
	if got := strings.Join(stopping.results("?collection=c&stop=true", lines), " "); got != "1:created 2:created 3:same 5:changed 6:invalid-key" {
		t.Errorf("stop: %s", got)
	}
	if got := stopping.get("other/d"); !strings.Contains(got, "not found") {
		t.Errorf("a line behind the bad one was written: %s", got)
	}
}

// TestBulkStopsBeforeTheBadDocument: a document that only the parser refuses
// stops the request too, and nothing behind it is written.
func TestBulkStopsBeforeTheBadDocument(t *testing.T) {
	s := serve(t)
	got := s.results("?collection=c&stop=true", `{"key":"a","doc":1}`+"\n"+`{"key":"b","doc":{"a":1,"a":2}}`+"\n"+`{"key":"c","doc":3}`)
	if strings.Join(got, " ") != "1:created 2:invalid-document" || !strings.Contains(s.get("c/c"), "not found") {
		t.Errorf("%v, c/c %s", got, s.get("c/c"))
	}
}

func TestBulkAtomic(t *testing.T) {
	s := serve(t)
	s.put("c/a", `{"n":1}`)
	for _, c := range []struct{ body, want string }{
		{`{"key":"b","doc":1}` + "\n" + `{"key":"x//y","doc":2}`, "2:invalid-key"},
		{`{"key":"b","doc":1}` + "\n" + `{"key":"c","doc":{"$nope":1}}`, "2:invalid-document"},
		{`{"key":"b","doc":1}` + "\n" + `{"key":"c","collection":"d","doc":1}`, "2:other-collection"},
	} {
		if got := strings.Join(s.results("?atomic=true&collection=c", c.body), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
		if got := s.get("c/b"); !strings.Contains(got, "not found") {
			t.Errorf("a part of it was written: %s", got)
		}
	}
	// What depends on the document shows at the end, for the transaction.
	if got := s.results("?atomic=true&collection=c", `{"key":"b","doc":1}`+"\n"+`{"key":"a","doc":2,"ifAbsent":true}`); len(got) != 1 || !strings.HasSuffix(got[0], ":version-mismatch") {
		t.Errorf("precondition: %v", got)
	}
	if got := s.results("?atomic=true&collection=c", `{"key":"b","doc":1}`+"\n"+`{"key":"a","delete":true}`); len(got) != 2 {
		t.Errorf("a good transaction: %v", got)
	}
	if b, a := s.get("c/b"), s.get("c/a"); b != "1" || !strings.Contains(a, "not found") {
		t.Errorf("b %s, a %s", b, a)
	}
	many := strings.Repeat(`{"key":"k","doc":1}`+"\n", 4001)
	if got := s.results("?atomic=true&collection=c", many); got[0] != "0:too-large" {
		t.Errorf("4,001 lines: %v", got[0])
	}
}

// TestBulkAnswersWhileItReads: a result comes before the next line is sent,
// and a line that is too long ends the request with its reason.
func TestBulkAnswersWhileItReads(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, w := io.Pipe()
	defer w.Close()
	q, err := http.NewRequestWithContext(ctx, "POST", s.url+"/v1/bulk?collection=c", r)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan *http.Response, 1)
	go func() {
		answer, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Error(err)
		}
		answers <- answer
	}()
	if _, err := w.Write([]byte(`{"key":"a","doc":1}` + "\n")); err != nil {
		t.Fatal(err)
	}
	answer := <-answers
	defer answer.Body.Close()
	results := bufio.NewReader(answer.Body)
	for _, next := range []string{`{"key":"b","doc":1}`, `{"key":"c","doc":1}`, `"` + strings.Repeat("x", contract.MaxBody)} {
		line, err := results.ReadString('\n')
		if err != nil || !strings.Contains(line, `"created":true`) {
			t.Fatalf("%s %v", line, err)
		}
		go func() { _, _ = w.Write([]byte(next + "\n")) }() // the node stops reading the last one
	}
	line, err := results.ReadString('\n')
	if err != nil || !strings.Contains(line, `"too-large"`) {
		t.Errorf("%s %v", line, err)
	}
}

func TestBulkTakesManyLines(t *testing.T) {
	s := serve(t)
	var body strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&body, `{"key":"%05d","doc":{"n":%d}}`+"\n", i, i)
	}
	n := 0
	for result, err := range s.Bulk(t.Context(), strings.NewReader(body.String()), client.BulkOptions{Collection: "c"}) {
		if n++; err != nil || result.Error != nil || result.Line != n || !result.Created || result.Version == nil {
			t.Fatalf("%d: %+v %v", n, result, err)
		}
	}
	if n != 3000 || s.get("c/02999") != `{"n":2999}` {
		t.Errorf("%d results, the last document is %s", n, s.get("c/02999"))
	}
}
