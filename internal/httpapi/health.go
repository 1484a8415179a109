package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// health answers that the process answers.
func (s *Server) health(w http.ResponseWriter, _ *request) error {
	writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ok\n"))
	return nil
}

// ready answers whether the node reads and writes. It does not need peers.
func (s *Server) ready(w http.ResponseWriter, r *request) error {
	select {
	case <-s.closing:
		return contract.NewProblem(contract.CodeClosed, "the node is closing", "")
	default:
	}
	got, err := s.node.Status(r.Context())
	if err != nil {
		return err
	}
	if got.Failed != "" {
		return contract.NewProblem(contract.CodeStore, got.Failed, "")
	}
	if l := got.Space.Level; l == node.SpaceRefuse || l == node.SpaceFull {
		return contract.NewProblem(contract.CodeSpace, got.Space.Why, "")
	}
	writeBody(w, http.StatusOK, "text/plain; charset=utf-8", []byte("ready\n"))
	return nil
}
