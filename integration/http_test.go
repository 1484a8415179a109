package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// client does not follow redirects: a surface that redirects a bad path would
// look as if it had accepted it.
var client = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// answer is an HTTP response that was read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem is RFC 9457 with the store's own members.
type problem struct {
	Title, Detail, Code, Hint string
	Status                    int
}

// try sends one request; headers are "Name: value".
func (p *peer) try(method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequest(method, p.http+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	ctx, cancel := context.WithDeadline(context.Background(), patience.End(p.t))
	defer cancel()
	resp, err := client.Do(req.WithContext(ctx))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(b)}, err
}

// request is try for requests that must reach the peer.
func (p *peer) request(method, path, body string, headers ...string) answer {
	p.t.Helper()
	a, err := p.try(method, path, body, headers...)
	if err != nil {
		p.t.Fatalf("%s: %s %s: %v", p.name, method, path, err)
	}
	return a
}

// docPath is the route of a document, with the key escaped as one must.
func docPath(collection, key string) string {
	var b strings.Builder
	b.WriteString("/v1/docs/" + collection + "/")
	for i, segment := range strings.Split(key, "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(url.PathEscape(segment))
	}
	return b.String()
}

// refusal checks that an answer is a problem of the client's making, in the
// promised form, and returns it.
func (p *peer) refusal(a answer, what string) problem {
	p.t.Helper()
	var pr problem
	if a.status < 400 || a.status > 499 {
		p.t.Errorf("%s: %s: status %d, want 4xx: %s", p.name, what, a.status, a.body)
	}
	if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "application/problem+json") {
		p.t.Errorf("%s: %s: content type %q", p.name, what, ct)
	}
	if err := json.Unmarshal([]byte(a.body), &pr); err != nil || pr.Code == "" {
		p.t.Errorf("%s: %s: no problem with a code: %s", p.name, what, a.body)
	}
	return pr
}

// status is the part of GET /v1/status that the tests read.
type status struct {
	Name, Peer  string
	Replica     string // the incarnation
	Collections []struct {
		Name      string
		Documents int
	}
	Peers []peerStatus
}

// peerStatus is one peer of status; what is unknown is nil.
type peerStatus struct {
	Peer, Name, State, Why string
	Behind, Ahead          any
}

// of is what the status says of another peer; a zero value if nothing.
func (s status) of(other *peer) peerStatus {
	for _, q := range s.Peers {
		if q.Peer == other.id {
			return q
		}
	}
	return peerStatus{}
}

// documents is the number of documents in a collection, 0 when it is unknown.
func (s status) documents(collection string) int {
	for _, c := range s.Collections {
		if c.Name == collection {
			return c.Documents
		}
	}
	return 0
}

// status asks GET /v1/status.
func (p *peer) status() (s status, err error) {
	return s, p.getJSON("/v1/status", &s)
}

// root asks GET /v1/collections/{c}/root.
func (p *peer) root(collection string) (string, error) {
	var r struct{ Root string }
	err := p.getJSON("/v1/collections/"+collection+"/root", &r)
	if err == nil && r.Root == "" {
		err = fmt.Errorf("%s: no root of %s", p.name, collection)
	}
	return r.Root, err
}

func (p *peer) getJSON(path string, into any) error {
	a, err := p.try("GET", path, "")
	if err != nil {
		return err
	}
	if a.status != 200 {
		return fmt.Errorf("%s: GET %s: %d %s", p.name, path, a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		return fmt.Errorf("%s: GET %s: %w: %s", p.name, path, err, a.body)
	}
	return nil
}

// metric is a counter of GET /metrics, summed over its labels.
func (p *peer) metric(name string) int {
	p.t.Helper()
	a := p.request("GET", "/metrics", "")
	sum, found := 0.0, false
	for line := range strings.Lines(a.body) {
		rest, ok := strings.CutPrefix(line, name)
		if !ok || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		fields := strings.Fields(rest)
		n, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			p.t.Fatalf("%s: metric %q: %v", p.name, line, err)
		}
		sum, found = sum+n, true
	}
	if !found {
		p.t.Fatalf("%s: no metric %s", p.name, name)
	}
	return int(sum)
}
