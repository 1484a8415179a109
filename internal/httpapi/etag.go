package httpapi

import (
	"errors"
	"slices"
	"strings"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/node"
)

func contains(versions []string, v string) bool { return slices.Contains(versions, v) }

// etag is a document's version as an entity tag.
func etag(d *node.Document) string { return `"` + d.Version().String() + `"` }

// etags reads a list of entity tags, or "*". Tags are versions, with or
// without quotes. Weak tags are refused: a version is never weak.
func etags(header string) (versions []string, any bool, err error) {
	if strings.TrimSpace(header) == "*" {
		return nil, true, nil
	}
	for part := range strings.SplitSeq(header, ",") {
		tag := strings.TrimSpace(part)
		if strings.HasPrefix(tag, "W/") {
			return nil, false, badRequest("%s is a weak tag; a version is never weak", quote(tag))
		}
		versions = append(versions, strings.Trim(tag, `"`))
	}
	return versions, false, nil
}

// preconditions reads If-Match and If-None-Match of a write. A tag that is no
// version at all is at no document, so the precondition fails.
func (s *Server) preconditions(r *request) (o node.PutOptions, err error) {
	if header := r.Header.Get("If-None-Match"); header != "" {
		if strings.TrimSpace(header) != "*" {
			return o, badRequest("If-None-Match of a write can only be *")
		}
		o.IfAbsent = true
	}
	header := r.Header.Get("If-Match")
	if header == "" {
		return o, nil
	}
	if o.IfAbsent {
		return o, badRequest("If-Match and If-None-Match exclude one another")
	}
	versions, any, err := etags(header)
	switch {
	case err != nil:
		return o, err
	case any:
		o.IfPresent = true
		return o, nil
	case len(versions) == 1:
		if o.IfVersion, err = cid.Decode(versions[0]); err == nil {
			return o, nil
		}
	}
	return s.oneOf(r, versions)
}

// oneOf makes a precondition of several versions: that the document stays at
// the one of them that it is at.
func (s *Server) oneOf(r *request, versions []string) (o node.PutOptions, err error) {
	failed := &node.VersionError{Collection: r.collection, Key: r.key, Want: strings.Join(versions, " or ")}
	d, err := s.node.Collection(r.collection).Get(r.Context(), r.key)
	switch {
	case errors.Is(err, node.ErrNotFound):
		return o, failed
	case err != nil:
		return o, err
	}
	failed.Have = d.Version().String()
	if !contains(versions, failed.Have) {
		return o, failed
	}
	o.IfVersion = d.Version()
	return o, nil
}
