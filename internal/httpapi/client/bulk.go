package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// BulkOptions say how lines are written.
type BulkOptions struct {
	Collection string // for lines that name none
	Atomic     bool   // all or none
	Stop       bool   // stop at the first line that fails
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
	return lines[contract.BulkResult](ctx, c, call{
		method: http.MethodPost, path: "/v1/bulk", query: q, body: body, mediaType: contract.TypeNDJSON})
}
