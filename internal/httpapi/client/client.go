package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

var (
	// ErrUnreachable is returned when no node answers at the URL.
	ErrUnreachable = errors.New("cannot reach the node")
	// ErrURL is returned by New when the URL of the node is not one.
	ErrURL = errors.New("not the URL of a node")
	// ErrAnswer is returned when what answers is not a node.
	ErrAnswer = errors.New("not the answer of a node")
)

// maxAnswer is the most bytes of an answer that is read whole.
const maxAnswer = 64 << 20

// Client calls one node. Its methods may be called by many goroutines.
type Client struct {
	base  *url.URL
	token string
	http  *http.Client

	mu        sync.Mutex
	inSession bool
	session   string // token
}

// New returns a client of the node at base, http://HOST:PORT or https://…, and
// calls nothing. token is sent where it is not "".
func New(base, token string) (*Client, error) {
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fmt.Errorf("%w: %q", ErrURL, base)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if IsLoopback(u) {
		transport.Proxy = nil // whatever the environment says
	}
	return &Client{
		base: &url.URL{Scheme: u.Scheme, Host: u.Host}, token: token,
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // a node never redirects, and a token must not follow
		}},
	}, nil
}

// IsLoopback reports whether a URL is of this machine.
func IsLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}

// URL is the node's.
func (c *Client) URL() string { return c.base.String() }

// Begin makes all further calls one session, which goes on from a token that
// Session has returned, or with "" begins: what a call has written or shown, the
// next ones see, at any node of the mesh.
func (c *Client) Begin(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inSession, c.session = true, token
}

// Session is the token of the session now; "" while it has seen nothing.
func (c *Client) Session() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// saw notes the token that an answer has brought, if any.
func (c *Client) saw(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inSession && token != "" {
		c.session = token
	}
}

// call is one request: what is not said is not sent.
type call struct {
	method, path string
	query        url.Values
	header       map[string]string
	body         io.Reader
	mediaType    string // of the body
	accept       string
}

// do sends a request, and returns an answer that is no error; its body must
// be closed.
func (c *Client) do(ctx context.Context, q call) (*http.Response, error) {
	u := *c.base
	path, err := url.PathUnescape(q.path)
	if err != nil {
		return nil, fmt.Errorf("path %q: %w", q.path, err)
	}
	u.Path, u.RawPath, u.RawQuery = path, q.path, q.query.Encode()
	r, err := http.NewRequestWithContext(ctx, q.method, u.String(), q.body)
	if err != nil {
		return nil, err
	}
	for name, value := range q.header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if q.mediaType != "" {
		r.Header.Set("Content-Type", q.mediaType)
	}
	if q.accept != "" {
		r.Header.Set("Accept", q.accept)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if token := c.Session(); token != "" {
		r.Header.Set(contract.HeaderToken, token)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	c.saw(answer.Header.Get(contract.HeaderToken))
	if answer.StatusCode < 300 || answer.StatusCode == http.StatusNotModified {
		return answer, nil
	}
	defer answer.Body.Close()
	return nil, problem(answer)
}

// unreachable says that no node answered; the end of ctx is its own error.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return fmt.Errorf("%w at %s: %w", ErrUnreachable, c.base, err)
}

// problem reads the problem that an answer is.
func problem(answer *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrAnswer, answer.Status, err)
	}
	var p contract.Problem
	t, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if t != contract.TypeProblem || json.Unmarshal(body, &p) != nil || p.Status == 0 {
		return fmt.Errorf("%w: %s", ErrAnswer, answer.Status)
	}
	return &p
}

// whole sends a request and reads the whole answer.
func (c *Client) whole(ctx context.Context, q call) ([]byte, http.Header, error) {
	answer, err := c.do(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, nil, c.unreachable(ctx, err)
	}
	return body, answer.Header, nil
}

// read sends a request and reads the JSON of the answer into out.
func (c *Client) read(ctx context.Context, q call, out any) error {
	body, _, err := c.whole(ctx, q)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	return nil
}

// send is read with v as the JSON body.
func (c *Client) send(ctx context.Context, q call, v, out any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	q.body, q.mediaType = bytes.NewReader(body), contract.TypeJSON
	return c.read(ctx, q, out)
}
