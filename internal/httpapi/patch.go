package httpapi

import (
	"net/http"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// patchTypes are the media types that PATCH reads, in the order of Accept-Patch.
var patchTypes = []string{contract.TypeMergePatch, contract.TypeJSONPatch, contract.TypeOps}

// patchDocument answers PATCH of a document: the media type of the body says
// how.
func (s *Server) patchDocument(w http.ResponseWriter, r *request) error {
	w.Header().Set("Accept-Patch", strings.Join(patchTypes, ", "))
	if r.Header.Get(contract.BaseHeader) != "" {
		return badRequest("%s is for PUT: a patch says itself what is changed, and If-Match ties it to a version", contract.BaseHeader)
	}
	utf16, err := parseUnits("units", r.parameter("units"))
	if err != nil {
		return err
	}
	t := r.mediaType()
	if r.query.Has("units") && t != contract.TypeOps {
		return badRequest("units is for typed operations: no other patch has positions in texts")
	}
	ctx := r.Context()
	switch t {
	case contract.TypeMergePatch:
		return s.write(w, r, func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
			return c.MergePatch(ctx, r.key, body, o)
		})
	case contract.TypeJSONPatch:
		return s.write(w, r, func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
			return c.JSONPatch(ctx, r.key, body, o)
		})
	case contract.TypeOps:
		return s.write(w, r, func(c *node.Collection, body []byte, o node.PutOptions) (node.Written, error) {
			ops, err := parseOps(body, utf16)
			if err != nil {
				return node.Written{}, err
			}
			return c.Apply(ctx, r.key, ops, o)
		})
	}
	return contract.NewProblem(contract.CodeMediaType, "PATCH cannot read a body of type "+quote(t), "")
}

// parseUnits reads what positions in texts count: UTF-16 code units, or, where
// nothing is said, code points.
func parseUnits(name, text string) (utf16 bool, err error) {
	switch text {
	case "", contract.UnitsCodePoints:
		return false, nil
	case contract.UnitsUTF16:
		return true, nil
	}
	return false, badRequest("%s=%s: want %s or %s", name, quote(text), contract.UnitsUTF16, contract.UnitsCodePoints)
}

// parseOps reads typed operations; utf16 is what their positions in texts count.
func parseOps(body []byte, utf16 bool) ([]crdt.Op, error) {
	ops, err := crdt.ParseOps(body)
	for i := range ops {
		ops[i].UTF16 = utf16
	}
	return ops, err
}
