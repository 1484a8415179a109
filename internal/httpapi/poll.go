package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// pollChanges answers what has changed since a token; if that is nothing, it
// waits for the first change, at most timeout. It is a JSON page, or NDJSON
// where that was asked for.
func (s *Server) pollChanges(w http.ResponseWriter, r *request, since node.Token, o node.WatchOptions, limit int, timeout time.Duration) error {
	if limit == 0 || limit > contract.MaxLimit {
		limit = contract.MaxLimit
	}
	ctx, cancel := s.streaming(r.Context())
	defer cancel()
	ctx, cancelTimeout := context.WithTimeout(ctx, timeout)
	defer cancelTimeout()

	page, err := s.changesNow(r.Context(), since, o, limit)
	if err == nil && len(page.Changes) == 0 {
		// The first change ends the wait; what came with it is read at once.
		for _, err = range s.node.Changes(ctx, since, o) {
			break
		}
		switch {
		case err == nil:
			page, err = s.changesNow(r.Context(), since, o, limit)
		case r.Context().Err() == nil && ctx.Err() != nil && errors.Is(err, ctx.Err()):
			err = nil // the time is over: nothing has changed
		}
	}
	if err != nil {
		return err
	}
	if !r.accepts(contract.TypeNDJSON) {
		return writeJSON(w, page)
	}
	out := newStream(w, contract.TypeNDJSON)
	for _, c := range page.Changes {
		if err := out.line(c); err != nil {
			return err
		}
	}
	return out.flush()
}

// changesNow is a page of what is different now from what since has seen.
func (s *Server) changesNow(ctx context.Context, since node.Token, o node.WatchOptions, limit int) (contract.ChangePage, error) {
	page := contract.ChangePage{Changes: []contract.Change{}, Token: since.String()}
	o.Once = true
	for c, err := range s.node.Changes(ctx, since, o) {
		if err != nil {
			return page, err
		}
		page.Changes = append(page.Changes, changeOf(c))
		page.Token = c.Token.String()
		if len(page.Changes) == limit {
			break
		}
	}
	return page, nil
}
