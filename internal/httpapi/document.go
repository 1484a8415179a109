package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// getDocument answers GET and HEAD of a document.
func (s *Server) getDocument(w http.ResponseWriter, r *request) error {
	typed, err := r.typed()
	if err != nil {
		return err
	}
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	d, err := g.session.Get(g.wait, r.collection, r.key)
	g.show(w.Header())
	if err != nil {
		return err
	}
	fresh, err := r.readConditions(d)
	if err != nil {
		return err
	}
	if fresh {
		w.Header().Set("ETag", etag(d))
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	return s.writeDocument(w, r, http.StatusOK, d, typed)
}

// writeDocument answers with a document, or with what ?path= names of it.
func (s *Server) writeDocument(w http.ResponseWriter, r *request, status int, d *node.Document, typed bool) error {
	var body []byte
	switch pointer := r.parameter("path"); {
	case pointer != "":
		var err error
		body, err = d.At(pointer, typed)
		if err != nil && r.Method != http.MethodPatch {
			return err
		}
		if err != nil { // what was asked for is what the patch removed
			body = []byte("null")
		}
	case typed:
		body = d.Typed()
	default:
		body = d.JSON()
	}
	showState(w.Header(), d)
	// The bytes belong to the document: the line feed goes into a copy.
	writeBody(w, status, contract.TypeJSON, append(body[:len(body):len(body)], '\n'))
	return nil
}

// showState says in the header which version the document is at, and that it
// has conflicts.
func showState(header http.Header, d *node.Document) {
	header.Set("ETag", etag(d))
	if d.HasConflicts() {
		header.Set("X-Conflicts", "true")
	}
}

// deleteDocument answers DELETE of a document.
func (s *Server) deleteDocument(w http.ResponseWriter, r *request) error {
	o, err := s.preconditions(r)
	if err != nil {
		return err
	}
	if r.Header.Get(contract.BaseHeader) != "" {
		return badRequest("%s is for PUT: If-Match removes only what was read", contract.BaseHeader)
	}
	if o.IfAbsent {
		return badRequest("If-None-Match makes no sense with DELETE")
	}
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	_, err = g.write(w, r, func(c *node.Collection) (node.Written, error) { return c.Delete(r.Context(), r.key, o) })
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
