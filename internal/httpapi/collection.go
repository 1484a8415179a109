package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// listCollections answers the collections that exist.
func (s *Server) listCollections(w http.ResponseWriter, r *request) error {
	got, err := s.node.Collections(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, contract.Collections{Collections: collectionsOf(got)})
}

// getRoot answers the root of a collection.
func (s *Server) getRoot(w http.ResponseWriter, r *request) error {
	root, err := s.node.Root(r.Context(), r.collection)
	if err != nil {
		return err
	}
	return writeJSON(w, contract.Root{Collection: r.collection, Root: root.String()})
}

func collectionsOf(got []node.CollectionStatus) []contract.Collection {
	out := make([]contract.Collection, len(got))
	for i, c := range got {
		out[i] = contract.Collection{Name: c.Name, Documents: c.Documents}
		if c.Root != nil {
			root := c.Root.String()
			out[i].Root = &root
		}
	}
	return out
}
