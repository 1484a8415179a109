package httpapi

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// listChanges follows changes, in the form that the client asked for.
func (s *Server) listChanges(w http.ResponseWriter, r *request) error {
	o := node.WatchOptions{Collection: r.parameter("collection"), Prefix: r.parameter("prefix")}
	if o.Prefix != "" && o.Collection == "" {
		return badRequest("prefix needs a collection")
	}
	if err := contract.CheckPrefix(o.Prefix); err != nil {
		return err
	}
	limit, err := r.count("limit", 0)
	if err != nil {
		return err
	}
	since, err := s.since(r)
	if err != nil {
		return err
	}
	timeout, poll, err := r.duration("timeout")
	if err != nil {
		return err
	}
	w.Header().Set(contract.HeaderToken, since.String())
	if poll {
		return s.pollChanges(w, r, since, o, limit, timeout)
	}
	ctx, cancel := s.streaming(r.Context())
	defer cancel()
	changes := s.node.Changes(ctx, since, o)
	if r.accepts(contract.TypeEvents) {
		return s.sendEvents(ctx, w, changes, limit)
	}
	return s.sendLines(ctx, w, changes, limit)
}

// since is the token to begin at.
func (s *Server) since(r *request) (node.Token, error) {
	text := r.parameter("since")
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		text = id
	}
	if text == contract.SinceNow {
		return s.node.Now(r.Context())
	}
	return node.ParseToken(text)
}

// streaming is a context that also ends when the server ends its streams.
func (s *Server) streaming(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// sendLines writes changes as NDJSON. When the reader was too slow the last
// line is the problem; its token is that of the line before.
func (s *Server) sendLines(ctx context.Context, w http.ResponseWriter, changes iter.Seq2[node.Change, error], limit int) error {
	out := newStream(w, contract.TypeNDJSON)
	if err := out.flush(); err != nil {
		return err
	}
	return s.follow(ctx, out, changes, limit, nil, func(c contract.Change) error { return out.line(c) }, out.line)
}

// sendEvents writes changes as server-sent events, whose id is the token.
func (s *Server) sendEvents(ctx context.Context, w http.ResponseWriter, changes iter.Seq2[node.Change, error], limit int) error {
	out := newStream(w, contract.TypeEvents)
	if err := out.text([]byte(": changes\n\n")); err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	event := func(id, name string, v any) error {
		data, err := encode(v)
		if err != nil {
			return err
		}
		if id != "" {
			id = "id: " + id + "\n"
		}
		return out.text(fmt.Appendf(nil, "%sevent: %s\ndata: %s\n", id, name, data))
	}
	beat := func() error {
		if err := out.text([]byte(": alive\n\n")); err != nil {
			return err
		}
		return out.flush()
	}
	return s.follow(ctx, out, changes, limit, beat,
		func(c contract.Change) error { return event(c.Token, "change", c) },
		func(v any) error { return event("", "problem", v) })
}

// follow writes changes as they come, and beats while none come.
func (s *Server) follow(ctx context.Context, out *stream, changes iter.Seq2[node.Change, error], limit int,
	beat func() error, change func(contract.Change) error, problem func(any) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan outcome)
	go pump(ctx, changes, queue)
	ticker := time.NewTicker(s.options.Heartbeat)
	defer ticker.Stop()
	for sent := 0; limit == 0 || sent < limit; {
		next, ok := outcome{}, true
		select {
		case next, ok = <-queue:
		default: // nothing is ready: what was written must not wait
			if err := out.flush(); err != nil {
				return err
			}
			select {
			case next, ok = <-queue:
			case <-ticker.C:
				if beat == nil {
					continue
				}
				if err := beat(); err != nil {
					return err
				}
				continue
			}
		}
		switch {
		case !ok || ctx.Err() != nil:
			return out.flush()
		case next.err != nil:
			if err := problem(problemOf(next.err)); err != nil {
				return err
			}
			return out.flush()
		}
		if err := change(changeOf(next.change)); err != nil {
			return err
		}
		sent++
	}
	return out.flush()
}

// outcome is one step of a stream of changes.
type outcome struct {
	change node.Change
	err    error
}

// pump moves changes into queue until they or ctx end; then it closes queue.
func pump(ctx context.Context, changes iter.Seq2[node.Change, error], queue chan<- outcome) {
	defer close(queue)
	for c, err := range changes {
		if err != nil && errors.Is(err, ctx.Err()) {
			return
		}
		select {
		case queue <- outcome{c, err}:
		case <-ctx.Done():
			return
		}
	}
}

// changeOf is a change as the contract shows it.
func changeOf(c node.Change) contract.Change {
	out := contract.Change{Collection: c.Collection, Key: c.Key, Deleted: c.Deleted, Token: c.Token.String()}
	if !c.Deleted {
		version := c.Version.String()
		out.Version = &version
	}
	return out
}
