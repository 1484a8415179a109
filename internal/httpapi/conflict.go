package httpapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// listConflicts answers the documents of a collection that have conflicts.
func (s *Server) listConflicts(w http.ResponseWriter, r *request) error {
	streamed := r.accepts(contract.TypeNDJSON)
	o, err := r.page(streamed)
	if err != nil {
		return err
	}
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	err = g.session.Await(g.wait, r.collection, o.Prefix)
	g.show(w.Header())
	if err != nil {
		return err
	}
	if streamed {
		return s.streamConflicts(w, r, o)
	}
	page := contract.ConflictPage{Documents: []contract.ConflictedDocument{}}
	limit, size := o.Limit, 0
	o.Limit++ // one more than the page tells whether there is a next
	for v, err := range s.node.Collection(r.collection).Conflicts(r.Context(), o) {
		if err != nil {
			return err
		}
		if n := len(page.Documents); n == limit || size >= maxPage {
			page.Next = &page.Documents[n-1].Key
			break
		}
		shown := conflictsOf(v)
		for _, c := range shown.Conflicts {
			for _, candidate := range c.Candidates {
				size += len(candidate.Value)
			}
		}
		page.Documents = append(page.Documents, shown)
	}
	return writeJSON(w, page)
}

// streamConflicts writes a line for every document with conflicts, as of one
// moment.
func (s *Server) streamConflicts(w http.ResponseWriter, r *request, o node.ListOptions) error {
	return streamed(w, s.node.Collection(r.collection).Conflicts(r.Context(), o), conflictsOf)
}

// getConflicts answers the conflicts of one document; a document without has
// an empty list.
func (s *Server) getConflicts(w http.ResponseWriter, r *request) error {
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	if _, err := g.session.Get(g.wait, r.collection, r.key); err != nil {
		g.show(w.Header())
		return err
	}
	v, err := g.conflicts(w, r)
	if err != nil {
		return err
	}
	return writeConflicts(w, v)
}

func writeConflicts(w http.ResponseWriter, v node.ConflictView) error {
	w.Header().Set("ETag", etag(v.Document))
	return writeJSON(w, conflictsOf(v))
}

func conflictsOf(v node.ConflictView) contract.ConflictedDocument {
	d := v.Document
	out := contract.ConflictedDocument{
		Collection: d.Collection(), Key: d.Key(), Version: d.Version().String(),
		Conflicts: []contract.Conflict{},
	}
	for _, c := range v.Conflicts {
		conflict := contract.Conflict{Path: c.Path, Kind: c.Kind, Candidates: []contract.Candidate{}}
		for _, candidate := range c.Candidates {
			conflict.Candidates = append(conflict.Candidates, contract.Candidate{
				Dot:     dotText(candidate.Dot),
				Replica: candidate.Origin.Replica.Hex(),
				Peer:    candidate.Origin.Peer,
				Name:    candidate.Origin.Name,
				Time:    candidate.Time.Time().Format(time.RFC3339Nano),
				Value:   candidate.JSON,
				Shown:   candidate.Shown,
			})
		}
		out.Conflicts = append(out.Conflicts, conflict)
	}
	return out
}

// dotText names a dot exactly; Dot.String is for reading.
func dotText(d crdt.Dot) string {
	return d.Replica.Hex() + ":" + strconv.FormatUint(d.Counter, 10)
}
