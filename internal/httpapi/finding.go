package httpapi

import (
	"encoding/json"
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// getFindings answers what an operator should know of the node.
func (s *Server) getFindings(w http.ResponseWriter, r *request) error {
	found, err := s.node.Findings(r.Context())
	if err != nil {
		return err
	}
	out := contract.Findings{Findings: []contract.Finding{}}
	for _, f := range found {
		out.Findings = append(out.Findings, contract.Finding{Kind: f.Kind, Where: f.Where, Happened: f.Happened, Do: f.Do, Command: f.Command, Notice: f.Notice})
	}
	return writeJSON(w, out)
}

// verify checks what is stored, and writes each finding as it is made.
func (s *Server) verify(w http.ResponseWriter, r *request) error {
	collection := r.parameter("collection")
	if collection != "" {
		if err := s.node.CollectionExists(collection); err != nil {
			return err
		}
	}
	ctx, cancel := s.streaming(r.Context())
	defer cancel()
	w.Header().Set("Content-Type", contract.TypeNDJSON)
	out, control := json.NewEncoder(w), http.NewResponseController(w)
	last := contract.Verified{Done: true}
	for f, err := range s.node.Verify(ctx, collection) {
		if err != nil {
			last.Error = err.Error()
			break
		}
		last.Findings++
		if err := out.Encode(contract.Verified{Collection: f.Collection, Key: f.Key, Problem: string(f.Problem), Detail: f.Detail}); err != nil {
			return nil // the client has gone
		}
		_ = control.Flush() // not every writer can
	}
	_ = out.Encode(last) // as above
	return nil
}
