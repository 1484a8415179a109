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
	limit, size := o.Limit, 0
	if !streamed {
		o.Limit++ // one more than the page tells whether there is a next
	}
	var out *stream
	page := contract.ConflictPage{Documents: []contract.ConflictedDocument{}}
	for v, err := range s.node.Collection(r.collection).Conflicts(r.Context(), o) {
		d := v.Document
		if err != nil {
			return err
		}
		if !streamed {
			if n := len(page.Documents); n == limit || size >= maxPage {
				page.Next = &page.Documents[n-1].Key
				break
			}
			page.Documents = append(page.Documents, conflictsOf(d))
			size += len(d.JSON())
			continue
		}
		if out == nil {
			out = newStream(w, contract.TypeNDJSON)
		}
		if err := out.line(conflictsOf(d)); err != nil {
			return err
		}
	}
	if !streamed {
		return writeJSON(w, page)
	}
	if out == nil {
		out = newStream(w, contract.TypeNDJSON)
	}
	return out.flush()
}

// getConflicts answers the conflicts of one document; a document without has
// an empty list.
func (s *Server) getConflicts(w http.ResponseWriter, r *request) error {
	d, err := s.node.Collection(r.collection).Get(r.Context(), r.key)
	if err != nil {
		return err
	}
	w.Header().Set("ETag", etag(d))
	return writeJSON(w, conflictsOf(d))
}

func conflictsOf(d *node.Document) contract.ConflictedDocument {
	out := contract.ConflictedDocument{
		Collection: d.Collection(), Key: d.Key(), Version: d.Version().String(),
		Conflicts: []contract.Conflict{},
	}
	for _, c := range d.Conflicts() {
		conflict := contract.Conflict{Path: c.Path, Kind: c.Kind, Candidates: []contract.Candidate{}}
		for _, candidate := range c.Candidates {
			conflict.Candidates = append(conflict.Candidates, contract.Candidate{
				Dot:   dotText(candidate.Dot),
				Time:  candidate.Time.Time().Format(time.RFC3339Nano),
				Value: candidate.JSON,
				Shown: candidate.Shown,
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
