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

// etags reads the entity tags of all lines of a header, or "*". Tags are
// versions, with or without quotes. given is false where the header is not
// there; one that is there and names nothing is refused, because a script whose
// variable was empty did not mean "whatever the version".
func (r *request) etags(header string, weak bool) (versions []string, any, given bool, err error) {
	lines, given := r.Header[header]
	if !given {
		return nil, false, false, nil
	}
	for part := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		tag := strings.TrimSpace(part)
		switch strong, isWeak := strings.CutPrefix(tag, "W/"); {
		case tag == "":
			continue
		case tag == "*":
			any = true
		case isWeak && !weak:
			return nil, false, true, badRequest("%s: %s is a weak tag; a version is never weak", header, quote(tag))
		default:
			versions = append(versions, strings.Trim(strong, `"`))
		}
	}
	switch {
	case !any && versions == nil:
		return nil, false, true, badRequest("%s is empty", header)
	case any && versions != nil:
		return nil, false, true, badRequest("%s is * or a list of versions, not both", header)
	}
	return versions, any, true, nil
}

// preconditions reads If-Match and If-None-Match of a write. A tag that is no
// version at all is at no document, so the precondition fails.
func (s *Server) preconditions(r *request) (o node.PutOptions, err error) {
	_, any, unless, err := r.etags("If-None-Match", true)
	if err != nil {
		return o, err
	}
	if unless && !any {
		return o, badRequest("If-None-Match of a write can only be *")
	}
	o.IfAbsent = unless
	versions, any, given, err := r.etags("If-Match", false)
	switch {
	case err != nil || !given:
		return o, err
	case o.IfAbsent:
		return o, badRequest("If-Match and If-None-Match exclude one another")
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

// readConditions reads the same of a read: ErrVersion where If-Match does not
// hold, fresh where If-None-Match says that the client has this version. A
// cache may have weakened its tag, which is the same version all the same.
func (r *request) readConditions(d *node.Document) (fresh bool, err error) {
	have := d.Version().String()
	versions, any, given, err := r.etags("If-Match", false)
	if err != nil {
		return false, err
	}
	if given && !any && !contains(versions, have) {
		return false, &node.VersionError{Collection: r.collection, Key: r.key, Want: strings.Join(versions, " or "), Have: have}
	}
	versions, any, _, err = r.etags("If-None-Match", true)
	return any || contains(versions, have), err
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
