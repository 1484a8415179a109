package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// WatchOptions select changes.
type WatchOptions struct {
	Since      string // a token, "" for everything, contract.SinceNow for what comes
	Collection string // only this one; "" is all
	Prefix     string // only keys that begin with it
}

// line is a change, or the problem that ends the stream.
type line struct {
	contract.Change
	contract.Problem
}

// Changes yields changes as they come, until ctx ends or the reader breaks
// off. A stream that the node ends, ends here too.
func (c *Client) Changes(ctx context.Context, o WatchOptions) iter.Seq2[contract.Change, error] {
	q := url.Values{}
	for name, value := range map[string]string{"since": o.Since, "collection": o.Collection, "prefix": o.Prefix} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return func(yield func(contract.Change, error) bool) {
		for l, err := range lines[line](ctx, c, call{method: http.MethodGet, path: "/v1/changes", query: q}) {
			if err == nil && l.Code != "" {
				err = &l.Problem
			}
			if !yield(l.Change, err) || err != nil {
				return
			}
		}
	}
}
