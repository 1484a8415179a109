package process

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// client keeps connections for many writers, and gives up on a process that
// is alive and silent.
var client = &http.Client{
	Timeout:   Patience,
	Transport: &http.Transport{MaxIdleConnsPerHost: 64},
}

// Answer is an answer of the HTTP API.
type Answer struct {
	Status int
	Body   string
	Header http.Header
}

// OK reports whether the request was carried out.
func (a Answer) OK() bool { return a.Status/100 == 2 }

// Do sends a request; an error means that no whole answer came. Headers are
// "Name: value".
func (p *Peer) Do(method, path, body string, headers ...string) (Answer, error) {
	return Request(p.HTTP, method, path, body, headers...)
}

// Request is Do for the process at base, which the caller remembers itself.
func Request(base, method, path, body string, headers ...string) (Answer, error) {
	r, err := http.NewRequest(method, base+path, strings.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	a, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: a.StatusCode, Body: string(b), Header: a.Header}, nil
}

// JSON reads the answer of a GET.
func (p *Peer) JSON(path string, into any) error {
	a, err := p.Do("GET", path, "")
	if err != nil {
		return err
	}
	if !a.OK() {
		return fmt.Errorf("%s: GET %s: %d %s", p.Name, path, a.Status, a.Body)
	}
	return json.Unmarshal([]byte(a.Body), into)
}

// Token is the header that proves that the caller may read the data directory.
func (p *Peer) Token() string {
	b, _ := os.ReadFile(filepath.Join(p.Dir, "api.token"))
	return "Authorization: Bearer " + strings.TrimSpace(string(b))
}

// Invite asks for an invite to the mesh of the peer.
func (p *Peer) Invite() (string, error) {
	a, err := p.Do("POST", "/v1/invites", "", p.Token())
	if err != nil {
		return "", err
	}
	var made struct{ Invite string }
	if err := json.Unmarshal([]byte(a.Body), &made); err != nil || made.Invite == "" {
		return "", fmt.Errorf("%s: invite: %d %s", p.Name, a.Status, a.Body)
	}
	return made.Invite, nil
}

// Documents lists a collection: the plain body of every document by its key.
func (p *Peer) Documents(collection string) (map[string]string, error) {
	a, err := p.Do("GET", "/v1/docs/"+collection, "", "Accept: application/x-ndjson")
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return nil, fmt.Errorf("%s: list %s: %d %s", p.Name, collection, a.Status, a.Body)
	}
	all := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(a.Body))
	lines.Buffer(nil, 2<<20)
	for lines.Scan() {
		var line struct {
			Key string
			Doc json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || line.Key == "" || line.Doc == nil {
			return nil, fmt.Errorf("%s: list %s: line %q: %v", p.Name, collection, lines.Text(), err)
		}
		all[line.Key] = string(line.Doc)
	}
	return all, lines.Err()
}

// Metric is a number that the process counts, by its name with labels.
func (p *Peer) Metric(name string) (float64, error) {
	a, err := p.Do("GET", "/metrics", "")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(a.Body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strconv.ParseFloat(strings.TrimSpace(rest), 64)
		}
	}
	return 0, fmt.Errorf("%s: no metric %s", p.Name, name)
}
