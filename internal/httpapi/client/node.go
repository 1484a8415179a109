package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Status is the state of the node.
func (c *Client) Status(ctx context.Context) (out contract.Status, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/status"}, &out)
	return out, err
}

// WaitConverged returns the state of the node when all peers hold the same, at
// most after timeout; 0 is no limit.
func (c *Client) WaitConverged(ctx context.Context, timeout time.Duration) (out contract.Status, err error) {
	q := waiting(timeout)
	q.Set("wait", "converged")
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/status", query: q}, &out)
	return out, err
}

// Peers lists the peers that the node knows.
func (c *Client) Peers(ctx context.Context) (out contract.Peers, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/peers"}, &out)
	return out, err
}

// Sync reconciles, pauses or resumes.
func (c *Client) Sync(ctx context.Context, r contract.SyncRequest, timeout time.Duration) (out contract.SyncReport, err error) {
	err = c.send(ctx, call{method: http.MethodPost, path: "/v1/sync", query: waiting(timeout)}, r, &out)
	return out, err
}

// Invite makes a text that makes another node a member of the mesh.
func (c *Client) Invite(ctx context.Context) (out contract.Invite, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/invites"}, &out)
	return out, err
}

// Scope is what the node holds.
func (c *Client) Scope(ctx context.Context) (out contract.Scope, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/scope"}, &out)
	return out, err
}

// SetScope changes what the node holds; force drops also what no peer is known
// to have.
func (c *Client) SetScope(ctx context.Context, patterns []string, force bool) (out contract.Scope, err error) {
	q := url.Values{}
	if force {
		q.Set("force", "true")
	}
	err = c.send(ctx, call{method: http.MethodPut, path: "/v1/scope", query: q}, contract.ScopeRequest{Collections: patterns}, &out)
	return out, err
}

func waiting(timeout time.Duration) url.Values {
	q := url.Values{}
	if timeout > 0 {
		q.Set("timeout", timeout.String())
	}
	return q
}
