package client

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// Quarantine lists what is in quarantine.
func (c *Client) Quarantine(ctx context.Context) (out contract.Quarantine, err error) {
	err = c.read(ctx, call{method: http.MethodGet, path: "/v1/quarantine"}, &out)
	return out, err
}

// Quarantined is one of it, with its bytes.
func (c *Client) Quarantined(ctx context.Context, id uint64) (contract.Quarantined, error) {
	var out contract.Quarantine
	err := c.read(ctx, call{method: http.MethodGet, path: "/v1/quarantine", query: numbered(id)}, &out)
	if err != nil || len(out.Quarantined) == 0 {
		return contract.Quarantined{}, err
	}
	return out.Quarantined[0], nil
}

// KeepQuarantined puts things into quarantine that were in one before: lines of JSON, of at most
// contract.MaxQuarantinedBody bytes.
func (c *Client) KeepQuarantined(ctx context.Context, lines []byte) (out contract.QuarantineKept, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/quarantine", body: bytes.NewReader(lines), mediaType: contract.TypeNDJSON}, &out)
	return out, err
}

// Release tries to take one of it.
func (c *Client) Release(ctx context.Context, id uint64) (out contract.Released, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/quarantine/release", query: numbered(id)}, &out)
	return out, err
}

// DropQuarantined removes one of it for good.
func (c *Client) DropQuarantined(ctx context.Context, id uint64) error {
	var out contract.Released
	return c.read(ctx, call{method: http.MethodPost, path: "/v1/quarantine/drop", query: numbered(id)}, &out)
}

// ReleaseAll tries to take all of it, and waits as long as timeout for what peers are asked for; 0 is as
// long as the node finds right.
func (c *Client) ReleaseAll(ctx context.Context, timeout time.Duration) (out contract.ReleasedAll, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/quarantine/release-all", query: waiting(timeout)}, &out)
	return out, err
}

// DropAllQuarantined removes all of it for good.
func (c *Client) DropAllQuarantined(ctx context.Context) (out contract.DroppedAll, err error) {
	err = c.read(ctx, call{method: http.MethodPost, path: "/v1/quarantine/drop-all"}, &out)
	return out, err
}

func numbered(id uint64) url.Values {
	return url.Values{"id": {strconv.FormatUint(id, 10)}}
}
