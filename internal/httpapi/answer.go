package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// answer remembers whether an answer was begun, and with which status.
type answer struct {
	http.ResponseWriter
	status int
}

// WriteHeader begins the answer.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

// Write begins the answer with 200 where it was not begun.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// encode is v's JSON on one line, with a line feed, and without the escapes
// for HTML that a JSON answer does not need.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// writeJSON answers 200 with v's JSON.
func writeJSON(w http.ResponseWriter, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	writeBody(w, http.StatusOK, contract.TypeJSON, body)
	return nil
}

// writeBody answers with a whole body. A client that is gone is no error.
func writeBody(w http.ResponseWriter, status int, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	// A connection without deadlines (in tests) is written without one.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// fail answers with the problem that err is. After an answer was begun there
// is nothing left but to break the connection, so that nobody takes a part
// for the whole.
func (s *Server) fail(a *answer, r *request, err error) {
	p := problemOf(err)
	if p.Code == contract.CodeInternal && r.Context().Err() == nil {
		s.log.Error("request failed", "route", r.route.ID, "err", err)
	}
	if a.status != 0 {
		panic(http.ErrAbortHandler)
	}
	if p.Code == contract.CodeUnauthorized {
		a.Header().Set("WWW-Authenticate", "Bearer")
	}
	body, err := encode(p)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	writeBody(a, p.Status, contract.TypeProblem, body)
}
