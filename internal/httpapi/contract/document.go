package contract

import "encoding/json"

// Media types of bodies and answers.
const (
	TypeJSON       = "application/json"
	TypeNDJSON     = "application/x-ndjson"
	TypeEvents     = "text/event-stream"
	TypeProblem    = "application/problem+json"
	TypeMergePatch = "application/merge-patch+json"
	TypeJSONPatch  = "application/json-patch+json"
	TypeOps        = "application/vnd.crdt.ops+json"
)

// BaseHeader of a PUT names the version that its writer has read and changed:
// the difference is taken against it. An ETag is such a version.
const BaseHeader = "X-Base-Version"

// UnitsUTF16 and UnitsCodePoints are what ?units= says that positions in texts
// count; code points where it says nothing.
const (
	UnitsUTF16      = "utf16"
	UnitsCodePoints = "codepoints"
)

// Limits of requests and answers.
const (
	// MaxBody is the most bytes of the body of one request, and of one line of
	// a bulk request. A document is at most 1 MiB encoded; its JSON may be
	// longer.
	MaxBody = 4 << 20
	// DefaultLimit and MaxLimit are how many documents a page has at most.
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Item is a document of a list: a line of NDJSON, or an element of a Page.
type Item struct {
	Key       string          `json:"key"`
	Version   string          `json:"version,omitempty"`   // CID of the canonical bytes
	Conflicts bool            `json:"conflicts,omitempty"` // has any
	Doc       json.RawMessage `json:"doc,omitempty"`       // absent where only keys were asked for
}

// Page is a part of a collection, in the order of keys.
type Page struct {
	Documents []Item `json:"documents"`
	// Next is the "after" of the following page; null on the last.
	Next *string `json:"next"`
}

// Collection is one collection of a node.
type Collection struct {
	Name      string  `json:"name"`
	Documents int     `json:"documents"`
	Root      *string `json:"root"` // null while it is not hashed at the present content
}

// Collections is the answer of GET /v1/collections.
type Collections struct {
	Collections []Collection `json:"collections"`
}

// Root is the answer of GET /v1/collections/{collection}/root.
type Root struct {
	Collection string `json:"collection"`
	Root       string `json:"root"` // CID over the whole content: equal roots are equal data
}
