package client

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Document is a document as a node answered it.
type Document struct {
	JSON      []byte // without a line feed at the end; nil when there is none any more, or it was not asked for
	Version   string // CID of the whole document
	Conflicts bool   // has any
	Created   bool   // by the write that this is the answer to
	Acks      int    // other peers that have the write on disk, where Conditions asked for some
}

// ReadOptions say how a document is shown.
type ReadOptions struct {
	Typed bool   // with $-tags
	Path  string // only the value at this JSON Pointer
	// None, after a patch, leaves the document out: only its version is read.
	None bool
}

// Conditions are the preconditions of a write; the zero value has none.
type Conditions struct {
	IfVersion string // only if the document is at this version
	IfAbsent  bool   // only if there is no such document
	// Base of a Put is the version that was read and changed: exactly what was
	// changed is carried over. "" makes the document what was sent.
	Base string
	// Acks makes the node answer when so many other peers have the write on
	// disk, or after Timeout with contract.CodeAcks; a Timeout of 0 leaves it to
	// the node.
	Acks    int
	Timeout time.Duration
}

func (o Conditions) query() url.Values {
	q := url.Values{}
	if o.Acks > 0 {
		q.Set("acks", strconv.Itoa(o.Acks))
	}
	if o.Timeout > 0 {
		q.Set("timeout", o.Timeout.String())
	}
	return q
}

func (o Conditions) headers() map[string]string {
	h := map[string]string{}
	if o.IfVersion != "" {
		h["If-Match"] = `"` + o.IfVersion + `"`
	}
	if o.IfAbsent {
		h["If-None-Match"] = "*"
	}
	if o.Base != "" {
		h[contract.BaseHeader] = `"` + o.Base + `"`
	}
	return h
}

func (o ReadOptions) query() url.Values {
	q := url.Values{}
	if o.Typed {
		q.Set("format", "typed")
	}
	if o.Path != "" {
		q.Set("path", o.Path)
	}
	return q
}

// Get reads a document.
func (c *Client) Get(ctx context.Context, collection, key string, o ReadOptions) (Document, error) {
	return c.document(ctx, collection, key, call{method: http.MethodGet, query: o.query()})
}

// Put makes the document what body says.
func (c *Client) Put(ctx context.Context, collection, key string, body []byte, o Conditions) (Document, error) {
	return c.document(ctx, collection, key, call{
		method: http.MethodPut, query: o.query(), header: o.headers(), body: bytes.NewReader(body), mediaType: contract.TypeJSON})
}

// Patch is what PATCH sends.
type Patch struct {
	Type string // contract.TypeMergePatch, TypeJSONPatch or TypeOps
	Body []byte
	// UTF16: the positions in texts of typed operations count UTF-16 code
	// units, not code points.
	UTF16 bool
}

// Patch applies a patch, and reads what o says of the outcome.
func (c *Client) Patch(ctx context.Context, collection, key string, p Patch, w Conditions, o ReadOptions) (Document, error) {
	q := call{method: http.MethodPatch, header: w.headers(), query: o.query(), body: bytes.NewReader(p.Body), mediaType: p.Type}
	maps.Copy(q.query, w.query())
	if p.UTF16 {
		q.query.Set("units", contract.UnitsUTF16)
	}
	if o.None {
		q.header["Prefer"] = "return=minimal"
	}
	return c.document(ctx, collection, key, q)
}

// Delete removes a document.
func (c *Client) Delete(ctx context.Context, collection, key string, o Conditions) error {
	_, err := c.document(ctx, collection, key, call{method: http.MethodDelete, query: o.query(), header: o.headers()})
	return err
}

// document checks the names and sends a request for a document.
func (c *Client) document(ctx context.Context, collection, key string, q call) (Document, error) {
	if err := check(collection, key); err != nil {
		return Document{}, err
	}
	q.path = contract.DocumentPath(collection, key)
	answer, err := c.do(ctx, q)
	if err != nil {
		return Document{}, err
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(http.MaxBytesReader(nil, answer.Body, maxAnswer)); err != nil {
		return Document{}, c.unreachable(ctx, err)
	}
	d := Document{
		Version:   strings.Trim(answer.Header.Get("ETag"), `"`),
		Conflicts: answer.Header.Get("X-Conflicts") == "true",
		Created:   answer.StatusCode == http.StatusCreated,
	}
	if acks := answer.Header.Get(contract.HeaderAcks); acks != "" {
		if d.Acks, err = strconv.Atoi(acks); err != nil {
			return Document{}, fmt.Errorf("%w: %s", ErrAnswer, contract.HeaderAcks)
		}
	}
	if body.Len() > 0 {
		d.JSON = bytes.TrimSuffix(body.Bytes(), []byte("\n"))
	}
	return d, nil
}

// check refuses names that no document can have.
func check(collection, key string) error {
	if err := crdt.CheckCollection(collection); err != nil {
		return err
	}
	return crdt.CheckKey(key)
}
