package client

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Backup streams a backup of the node. What is read is not verified, and an
// answer that breaks off ends as one that does not: see package storage/archive.
func (c *Client) Backup(ctx context.Context, r contract.ArchiveRequest) (io.ReadCloser, error) {
	return c.archive(ctx, "/v1/backup", r)
}

// Bundle streams a bundle; the same holds.
func (c *Client) Bundle(ctx context.Context, r contract.ArchiveRequest) (io.ReadCloser, error) {
	return c.archive(ctx, "/v1/bundle", r)
}

func (c *Client) archive(ctx context.Context, path string, r contract.ArchiveRequest) (io.ReadCloser, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	answer, err := c.do(ctx, call{method: http.MethodPost, path: path, body: bytes.NewReader(body), mediaType: contract.TypeJSON, accept: contract.TypeArchive})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// Known is what the node knows, as a text.
func (c *Client) Known(ctx context.Context) (out contract.Known, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/known"}, &out)
	return out, err
}

// ImportBundle sends a bundle, which the node verifies and merges.
func (c *Client) ImportBundle(ctx context.Context, bundle io.Reader) (out contract.ImportReport, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/bundle/import", body: bundle, mediaType: contract.TypeArchive}, &out)
	return out, err
}
