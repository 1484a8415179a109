package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// quote shows text of a request in a message.
func quote(s string) string { return strconv.Quote(s) }

// flag reads a boolean query parameter; absent is false.
func (r *request) flag(name string) (bool, error) {
	switch v := r.parameter(name); v {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, badRequest("%s=%s: want true or false", name, quote(v))
	}
}

// parameter is a query parameter; the body is never read for it.
func (r *request) parameter(name string) string { return r.query.Get(name) }

// duration reads a time span such as 500ms, 10s or 5m; absent is ok = false.
func (r *request) duration(name string) (d time.Duration, ok bool, err error) {
	v := r.parameter(name)
	if v == "" {
		return 0, false, nil
	}
	d, err = time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, false, badRequest("%s=%s: want a time such as 500ms, 10s or 5m", name, quote(v))
	}
	return d, true, nil
}

// typed reports whether ?format= asks for $-tags.
func (r *request) typed() (bool, error) {
	switch v := r.parameter("format"); v {
	case "", "plain":
		return false, nil
	case "typed":
		return true, nil
	default:
		return false, badRequest("format=%s: want plain or typed", quote(v))
	}
}

// count reads a number of at least 1; absent is otherwise.
func (r *request) count(name string, otherwise int) (int, error) {
	v := r.parameter(name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, badRequest("%s=%s: want a number of at least 1", name, quote(v))
	}
	return n, nil
}

// page reads prefix, after and limit. A stream has no limit by default, a
// page has always one.
func (r *request) page(stream bool) (node.ListOptions, error) {
	o := node.ListOptions{Prefix: r.parameter("prefix"), After: r.parameter("after")}
	if err := contract.CheckPrefix(o.Prefix); err != nil {
		return o, err
	}
	if o.After != "" {
		if err := crdt.CheckKey(o.After); err != nil {
			return o, fmt.Errorf("after: %w", err)
		}
	}
	otherwise := contract.DefaultLimit
	if stream {
		otherwise = 0
	}
	var err error
	if o.Limit, err = r.count("limit", otherwise); err == nil && !stream {
		o.Limit = min(o.Limit, contract.MaxLimit)
	}
	return o, err
}

// accepts reports whether the client asks for a media type by name.
func (r *request) accepts(mediaType string) bool {
	for _, header := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(header, ",") {
			if t, _, err := mime.ParseMediaType(part); err == nil && t == mediaType {
				return true
			}
		}
	}
	return false
}

// lists reports whether a header that is a list of words has this one,
// whatever its case and the blanks in it.
func (r *request) lists(header, word string) bool {
	for _, line := range r.Header.Values(header) {
		for part := range strings.SplitSeq(line, ",") {
			preference, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.ReplaceAll(strings.ReplaceAll(preference, " ", ""), `"`, ""), word) {
				return true
			}
		}
	}
	return false
}

// mediaType is the type of the request's body, "" where it is not said.
func (r *request) mediaType() string {
	t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// body reads the whole body, at most contract.MaxBody bytes.
func (s *Server) body(w http.ResponseWriter, r *request) ([]byte, error) {
	// A connection without deadlines (in tests) is read without one. The
	// deadline is for the body alone, not for what the handler waits for then.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(s.options.BodyTime))
	defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, contract.MaxBody))
	if err != nil {
		return nil, s.brokenBody(err)
	}
	return b, nil
}

// brokenBody is the problem of a body that could not be read to its end: the
// client's, whether it sent too much, too slowly, or not what it announced.
func (s *Server) brokenBody(err error) error {
	var problem *contract.Problem
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &problem), errors.As(err, &long), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return badRequest("the body did not arrive within %s", s.options.BodyTime)
	default:
		return badRequest("the body broke off: %v", err)
	}
}
