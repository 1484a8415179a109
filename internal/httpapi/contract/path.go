package contract

import (
	"net/url"
	"strings"
)

// DocumentPath is the path of a document, ready for a request line.
func DocumentPath(collection, key string) string {
	return "/v1/docs/" + url.PathEscape(collection) + "/" + escapeKey(key)
}

// CollectionPath is the path that lists a collection's documents.
func CollectionPath(collection string) string {
	return "/v1/docs/" + url.PathEscape(collection)
}

// RootPath is the path of a collection's root.
func RootPath(collection string) string {
	return "/v1/collections/" + url.PathEscape(collection) + "/root"
}

// ConflictsPath is the path that lists a collection's conflicts, or those of
// one document where key is not "".
func ConflictsPath(collection, key string) string {
	p := "/v1/conflicts/" + url.PathEscape(collection)
	if key != "" {
		p += "/" + escapeKey(key)
	}
	return p
}

// escapeKey escapes everything but the slashes, so that a key reads in a path
// as it reads in an address.
func escapeKey(key string) string {
	segments := strings.Split(key, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

// Match reports whether an escaped path is one of pattern, and what its
// {collection} and {key...} are, decoded once. Segments are compared as they
// are; {key...} takes all that is left, slashes and empty segments included.
func Match(pattern, escaped string) (collection, key string, ok bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(escaped, "/")
	for i, w := range want {
		if w == "{key...}" && i < len(got) {
			key, err := url.PathUnescape(strings.Join(got[i:], "/"))
			return collection, key, err == nil
		}
		switch {
		case i >= len(got):
			return "", "", false
		case w == "{collection}":
			var err error
			if collection, err = url.PathUnescape(got[i]); err != nil {
				return "", "", false
			}
		case w != got[i]:
			return "", "", false
		}
	}
	return collection, "", len(want) == len(got)
}
