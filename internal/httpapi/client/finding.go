package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Findings lists what an operator should know of the node.
func (c *Client) Findings(ctx context.Context) (out contract.Findings, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/findings"}, &out)
	return out, err
}

// Verify checks all that the node stores, of a collection or of all (""). It yields
// what is wrong; an error says that the check is not complete.
func (c *Client) Verify(ctx context.Context, collection string) iter.Seq2[contract.Verified, error] {
	q := url.Values{}
	if collection != "" {
		q.Set("collection", collection)
	}
	return func(yield func(contract.Verified, error) bool) {
		for l, err := range lines[contract.Verified](ctx, c, call{method: http.MethodGet, path: "/v1/verify", query: q}) {
			switch {
			case err == nil && l.Done && l.Error == "":
				return
			case err == nil && l.Done:
				err = errors.New(l.Error)
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
		yield(contract.Verified{}, fmt.Errorf("%w: the check broke off", ErrAnswer))
	}
}
