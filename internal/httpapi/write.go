package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// putDocument answers PUT of a document.
func (s *Server) putDocument(w http.ResponseWriter, r *request) error {
	if r.Header.Get("X-Base-Version") != "" {
		return badRequest("X-Base-Version is not supported: use If-Match, or PATCH what changed")
	}
	return s.write(w, r, func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
		return c.Put(r.Context(), r.key, body, o)
	})
}

// patchDocument answers PATCH of a document: the media type of the body says
// how.
func (s *Server) patchDocument(w http.ResponseWriter, r *request) error {
	w.Header().Set("Accept-Patch", contract.TypeMergePatch+", "+contract.TypeOps)
	var patch func(*node.Collection, []byte, node.PutOptions) (node.Written, error)
	switch t := r.mediaType(); t {
	case contract.TypeMergePatch:
		patch = func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
			return c.MergePatch(r.Context(), r.key, body, o)
		}
	case contract.TypeOps:
		patch = func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
			ops, err := crdt.ParseOps(body)
			if err != nil {
				return node.Written{}, err
			}
			return c.Apply(r.Context(), r.key, ops, o)
		}
	default:
		return contract.NewProblem(contract.CodeMediaType, "PATCH cannot read a body of type "+quote(t), "")
	}
	return s.write(w, r, patch)
}

// write reads the body and the preconditions, writes, and answers with the
// document as it is then.
func (s *Server) write(w http.ResponseWriter, r *request, do func(*node.Collection, []byte, node.PutOptions) (node.Written, error)) error {
	typed, err := r.typed()
	if err != nil {
		return err
	}
	if _, err := crdt.ParsePointer(r.parameter("path")); err != nil {
		return err
	}
	o, err := s.preconditions(r)
	if err != nil {
		return err
	}
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	written, err := do(s.node.Collection(r.collection), body, o)
	if err != nil {
		return err
	}
	if written.Document == nil { // a patch that leaves nothing
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	status := http.StatusOK
	if written.Created {
		status = http.StatusCreated
	}
	return s.writeDocument(w, r, status, written.Document, typed)
}
