package httpapi

import (
	"net/http"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// writer writes the body of a request to the document that the request names.
type writer func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error)

// putDocument answers PUT of a document.
func (s *Server) putDocument(w http.ResponseWriter, r *request) error {
	base, err := r.base()
	if err != nil {
		return err
	}
	return s.write(w, r, func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
		if base.Defined() && o.IfAbsent {
			return node.Written{}, badRequest("%s and If-None-Match exclude one another", contract.BaseHeader)
		}
		o.Base = base
		return c.Put(r.Context(), r.key, body, o)
	})
}

// base reads the version that the writer of a PUT has read, with or without
// the quotes of an entity tag; undefined where the header is not there. One
// that is there and empty is refused: a script whose variable was empty did
// not mean to overwrite what it had not seen.
func (r *request) base() (cid.Cid, error) {
	versions, any, given, err := r.etags(contract.BaseHeader, false)
	switch {
	case err != nil || !given:
		return cid.Undef, err
	case any || len(versions) != 1:
		return cid.Undef, badRequest("%s is one version", contract.BaseHeader)
	}
	return parseVersion(contract.BaseHeader, versions[0])
}

// parseVersion reads a version that name was given as.
func parseVersion(name, text string) (cid.Cid, error) {
	version, err := cid.Decode(text)
	if err != nil {
		return cid.Undef, badRequest("%s: %s is not a version", name, quote(text))
	}
	return version, nil
}

// write reads the body and the preconditions, writes, and answers with the
// document as it is then.
func (s *Server) write(w http.ResponseWriter, r *request, do writer) error {
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
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	written, err := g.write(w, r, func(c *node.Collection) (node.Written, error) { return do(c, body, o) })
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
	if r.minimal() {
		return writeMinimal(w, status, written.Document)
	}
	return s.writeDocument(w, r, status, written.Document, typed)
}

// minimal reports whether the client prefers an answer without the document
// (RFC 7240): who types into a long text need not be sent all of it for every
// key.
func (r *request) minimal() bool { return r.lists("Prefer", "return=minimal") }

// writeMinimal answers that a document was written, with its version alone.
func writeMinimal(w http.ResponseWriter, status int, d *node.Document) error {
	header := w.Header()
	header.Set("Preference-Applied", "return=minimal")
	showState(header, d)
	if status == http.StatusOK {
		status = http.StatusNoContent
	}
	w.WriteHeader(status)
	return nil
}
