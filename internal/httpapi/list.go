package httpapi

import (
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// maxPage is how many bytes of documents a page gathers before it ends, whatever
// its limit: a thousand large documents would not fit in a small device.
const maxPage = 4 << 20

// listDocuments answers a page of a collection, or streams all of it.
func (s *Server) listDocuments(w http.ResponseWriter, r *request) error {
	typed, err := r.typed()
	if err != nil {
		return err
	}
	keys, err := r.flag("keys")
	if err != nil {
		return err
	}
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
	item := func(d *node.Document) contract.Item { return itemOf(d, keys, typed) }
	if streamed {
		return s.streamDocuments(w, r, g, o, item)
	}
	page := contract.Page{Documents: []contract.Item{}}
	limit, size := o.Limit, 0
	o.Limit++ // one more than the page tells whether there is a next
	for d, err := range g.list(w, r, o) {
		if err != nil {
			return err
		}
		if n := len(page.Documents); n == limit || size >= maxPage {
			page.Next = &page.Documents[n-1].Key
			break
		}
		one := item(d)
		size += len(one.Doc)
		page.Documents = append(page.Documents, one)
	}
	return writeJSON(w, page)
}

// streamDocuments writes a line for every document, as of one moment.
func (s *Server) streamDocuments(w http.ResponseWriter, r *request, g guarantee, o node.ListOptions, item func(*node.Document) contract.Item) error {
	return streamed(w, g.list(w, r, o), item)
}

// itemOf is a document as lists show it.
func itemOf(d *node.Document, keysOnly, typed bool) contract.Item {
	item := contract.Item{Key: d.Key(), Version: d.Version().String(), Conflicts: d.HasConflicts()}
	switch {
	case keysOnly:
	case typed:
		item.Doc = d.Typed()
	default:
		item.Doc = d.JSON()
	}
	return item
}
