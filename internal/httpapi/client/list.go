package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// ListOptions select documents of a collection.
type ListOptions struct {
	Prefix string // only keys that begin with it
	After  string // only keys greater than it
	Limit  int    // at most so many; 0 is all
	Keys   bool   // leave the documents out
	Typed  bool   // documents with $-tags
}

func (o ListOptions) query() url.Values {
	q := url.Values{}
	set := func(name, value string, given bool) {
		if given {
			q.Set(name, value)
		}
	}
	set("prefix", o.Prefix, o.Prefix != "")
	set("after", o.After, o.After != "")
	set("limit", strconv.Itoa(o.Limit), o.Limit > 0)
	set("keys", "true", o.Keys)
	set("format", "typed", o.Typed)
	return q
}

// List yields documents in the order of their keys, as of one moment.
func (c *Client) List(ctx context.Context, collection string, o ListOptions) iter.Seq2[contract.Item, error] {
	err := crdt.CheckCollection(collection)
	if err == nil {
		err = contract.CheckPrefix(o.Prefix)
	}
	if err != nil {
		return func(yield func(contract.Item, error) bool) { yield(contract.Item{}, err) }
	}
	return lines[contract.Item](ctx, c, call{method: http.MethodGet, path: contract.CollectionPath(collection), query: o.query()})
}

// Collections lists the collections of the node.
func (c *Client) Collections(ctx context.Context) (out contract.Collections, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/collections"}, &out)
	return out, err
}

// Root is the CID over the whole content of a collection.
func (c *Client) Root(ctx context.Context, collection string) (out contract.Root, err error) {
	if err := crdt.CheckCollection(collection); err != nil {
		return out, err
	}
	err = c.read(ctx, call{method: http.MethodGet, path: contract.RootPath(collection)}, &out)
	return out, err
}
