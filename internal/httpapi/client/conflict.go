package client

import (
	"context"
	"iter"
	"net/http"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Conflicts yields the documents of a collection that have conflicts.
func (c *Client) Conflicts(ctx context.Context, collection string) iter.Seq2[contract.ConflictedDocument, error] {
	if err := crdt.CheckCollection(collection); err != nil {
		return func(yield func(contract.ConflictedDocument, error) bool) { yield(contract.ConflictedDocument{}, err) }
	}
	return lines[contract.ConflictedDocument](ctx, c, call{method: http.MethodGet, path: contract.ConflictsPath(collection, "")})
}

// ConflictsOf shows the conflicts of one document.
func (c *Client) ConflictsOf(ctx context.Context, collection, key string) (out contract.ConflictedDocument, err error) {
	if err := check(collection, key); err != nil {
		return out, err
	}
	err = c.read(ctx, call{method: http.MethodGet, path: contract.ConflictsPath(collection, key)}, &out)
	return out, err
}

// Resolve ends a conflict, and returns those that are left. Of o only what it
// says of acks counts.
func (c *Client) Resolve(ctx context.Context, collection, key string, r contract.Resolution, o Conditions) (out contract.ConflictedDocument, err error) {
	if err := check(collection, key); err != nil {
		return out, err
	}
	err = c.send(ctx, call{method: http.MethodPost, path: contract.ConflictsPath(collection, key), query: o.query()}, r, &out)
	return out, err
}
