package client

import (
	"context"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// BulkOptions say how lines are written.
type BulkOptions struct {
	Collection string // for lines that name none
	Atomic     bool   // all or none
	Stop       bool   // stop at the first line that fails
	// Acks makes the node answer each part of the lines when so many other peers
	// have it on disk, or after Timeout with contract.CodeAcks.
	Acks    int
	Timeout time.Duration
}

// Bulk sends NDJSON lines and yields the result of each.
func (c *Client) Bulk(ctx context.Context, body io.Reader, o BulkOptions) iter.Seq2[contract.BulkResult, error] {
	q := url.Values{}
	if o.Collection != "" {
		q.Set("collection", o.Collection)
	}
	if o.Atomic {
		q.Set("atomic", "true")
	}
	if o.Stop {
		q.Set("stop", "true")
	}
	maps.Copy(q, Conditions{Acks: o.Acks, Timeout: o.Timeout}.query())
	c.mu.Lock()
	if c.inSession && c.session == "" {
		q.Set("session", "new")
	}
	c.mu.Unlock()
	results := lines[contract.BulkResult](ctx, c, call{
		method: http.MethodPost, path: "/v1/bulk", query: q, body: body, mediaType: contract.TypeNDJSON})
	return func(yield func(contract.BulkResult, error) bool) {
		for r, err := range results {
			c.saw(r.Session)
			if !yield(r, err) {
				return
			}
		}
	}
}
