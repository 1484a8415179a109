package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// getScope answers what the node holds.
func (s *Server) getScope(w http.ResponseWriter, r *request) error {
	got, err := s.node.Status(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, scopeOf(got))
}

// putScope changes what the node holds, and answers what it holds then.
func (s *Server) putScope(w http.ResponseWriter, r *request) error {
	force, err := r.flag("force")
	if err != nil {
		return err
	}
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	var asked contract.ScopeRequest
	if err := decodeStrict(body, &asked); err != nil {
		return err
	}
	if err := s.node.SetScope(r.Context(), asked.Collections, node.ScopeOptions{Force: force}); err != nil {
		return err
	}
	return s.getScope(w, r)
}

func scopeOf(got node.Status) contract.Scope {
	out := contract.Scope{Collections: orEmpty(got.Scope)}
	if p := got.Pending; p != nil {
		out.Pending = &contract.PendingScope{Collections: p.Patterns, Unsent: *countOf(&p.Unsent)}
	}
	return out
}
