package httpapi

import (
	"errors"
	"net/http"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// bulkGuarantee is the guarantee of a bulk request. Each part of it that is
// written together waits by itself.
type bulkGuarantee struct {
	guarantee
	inSession bool // the client takes a token with it
}

// bulkGuarantee reads what a bulk request asks for.
func (s *Server) bulkGuarantee(r *request) (g bulkGuarantee, err error) {
	if g.guarantee, err = s.guarantee(r); err != nil {
		return g, err
	}
	g.cancel() // see write
	switch v := r.parameter("session"); {
	case v != "" && v != "new":
		return g, badRequest("session=%s: want new", quote(v))
	default:
		g.inSession = v == "new" || len(r.Header[contract.HeaderToken]) > 0
	}
	if g.acks > 0 && g.session.Node().PeerID() == "" {
		return g, node.ErrNoNetwork
	}
	return g, nil
}

// write lets do write into a collection, in the session, and waits for the peers
// that must have it: acked is how many have.
func (g bulkGuarantee) write(s *Server, r *request, collection string, do func() ([]node.Written, error)) (acked *int, err error) {
	wait, cancel := s.waiting(r.Context(), g.timeout, true)
	defer cancel()
	var all []node.Written
	if g.inSession && crdt.CheckCollection(collection) == nil {
		all, err = g.session.WriteAll(wait, collection, func(*node.Collection) ([]node.Written, error) { return do() })
		if errors.Is(err, node.ErrOutOfScope) {
			all, err = do() // each line says so
		}
	} else {
		all, err = do()
	}
	if err != nil || g.acks == 0 || len(all) == 0 {
		return nil, err
	}
	n, err := g.session.Node().AckedAll(wait, all, g.acks)
	return &n, err
}

// mark puts what is known of acks into the results of lines that were written,
// and the session's token into the last.
func (g bulkGuarantee) mark(results []contract.BulkResult, acked *int, err error) {
	for i := range results {
		if results[i].Error != nil || acked == nil {
			continue
		}
		if results[i].Acks = acked; err != nil {
			results[i].Error = problemOf(err)
		}
	}
	if n := len(results); n > 0 && g.inSession {
		results[n-1].Session = g.session.Token().String()
	}
}

// atomically writes all lines in one transaction, or none, and answers a result
// for each.
func (s *Server) atomically(r *request, g bulkGuarantee, b batch) ([]contract.BulkResult, error) {
	if len(b) == 0 {
		return nil, nil
	}
	failed := 0
	var results []contract.BulkResult
	acked, err := g.write(s, r, b[0].collection, func() ([]node.Written, error) {
		err := s.node.Update(r.Context(), func(tx *node.Tx) error {
			for i := range b {
				if err := b[i].within(tx); err != nil {
					failed = b[i].number
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, atLine(failed, err)
		}
		var all []node.Written
		for i := range b {
			w, err := s.node.Collection(b[i].collection).Last(r.Context(), b[i].key)
			if err != nil {
				return nil, err
			}
			all, results = append(all, w), append(results, b[i].result(w, nil))
		}
		return all, nil
	})
	if err != nil && acked == nil {
		var p *contract.Problem
		if errors.As(err, &p) {
			return nil, err
		}
		return nil, atLine(0, err)
	}
	g.mark(results, acked, err)
	return results, nil
}

// answerAll writes results as one body.
func answerAll(w http.ResponseWriter, results []contract.BulkResult) error {
	out := newStream(w, contract.TypeNDJSON)
	for _, result := range results {
		if err := out.line(result); err != nil {
			return err
		}
	}
	return out.flush()
}
