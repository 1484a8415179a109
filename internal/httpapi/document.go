package httpapi

import (
	"errors"
	"net/http"

	"github.com/crdtstore/crdtstore/node"
)

// getDocument answers GET and HEAD of a document.
func (s *Server) getDocument(w http.ResponseWriter, r *request) error {
	typed, err := r.typed()
	if err != nil {
		return err
	}
	d, err := s.node.Collection(r.collection).Get(r.Context(), r.key)
	if err != nil {
		return err
	}
	if tags := r.Header.Get("If-None-Match"); tags != "" {
		versions, any, err := etags(tags)
		if err != nil {
			return err
		}
		if any || contains(versions, d.Version().String()) {
			w.Header().Set("ETag", etag(d))
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
	}
	return s.writeDocument(w, r, http.StatusOK, d, typed)
}

// writeDocument answers with a document, or with what ?path= names of it.
func (s *Server) writeDocument(w http.ResponseWriter, r *request, status int, d *node.Document, typed bool) error {
	var body []byte
	switch pointer := r.parameter("path"); {
	case pointer != "":
		var err error
		if body, err = d.At(pointer, typed); err != nil {
			return err
		}
	case typed:
		body = d.Typed()
	default:
		body = d.JSON()
	}
	w.Header().Set("ETag", etag(d))
	if d.HasConflicts() {
		w.Header().Set("X-Conflicts", "true")
	}
	writeBody(w, status, "application/json", append(body, '\n'))
	return nil
}

// deleteDocument answers DELETE of a document.
func (s *Server) deleteDocument(w http.ResponseWriter, r *request) error {
	o, err := s.preconditions(r)
	if err != nil {
		return err
	}
	if o.IfAbsent {
		return badRequest("If-None-Match makes no sense with DELETE")
	}
	c := s.node.Collection(r.collection)
	_, err = c.Delete(r.Context(), r.key, o)
	if errors.Is(err, node.ErrVersion) {
		// A version that is asked for of a document that is not there: the
		// precondition failed, which is what the caller asked about.
		return err
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
