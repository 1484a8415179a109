package contract

import "encoding/json"

// BulkLine is one line of POST /v1/bulk. Exactly one of Doc, Merge, JSONPatch,
// Ops and Delete is given: put, merge patch, JSON Patch, typed operations,
// removal.
type BulkLine struct {
	Collection Text            `json:"collection,omitempty"` // else ?collection=
	Key        Text            `json:"key"`
	Doc        json.RawMessage `json:"doc,omitempty"`
	Merge      json.RawMessage `json:"merge,omitempty"`
	JSONPatch  json.RawMessage `json:"jsonPatch,omitempty"`
	Ops        json.RawMessage `json:"ops,omitempty"`
	Units      string          `json:"units,omitempty"` // of positions in Ops: utf16, or codepoints
	Delete     bool            `json:"delete,omitempty"`
	Base       string          `json:"base,omitempty"` // with Doc: the version that its writer has changed
	IfVersion  string          `json:"ifVersion,omitempty"`
	IfAbsent   bool            `json:"ifAbsent,omitempty"`
}

// BulkResult answers one line: Version, or Error; both where the write has
// happened, but is not on so many peers as it should be.
type BulkResult struct {
	Line       int      `json:"line"` // 1 is the first
	Collection string   `json:"collection,omitempty"`
	Key        string   `json:"key,omitempty"`
	Version    *string  `json:"version,omitempty"` // absent after a removal
	Created    bool     `json:"created,omitempty"`
	Changed    bool     `json:"changed,omitempty"`
	Acks       *int     `json:"acks,omitempty"`    // other peers that have it on disk, where acks asked for some
	Session    string   `json:"session,omitempty"` // the token of the session now, on a line now and then and on the last
	Error      *Problem `json:"error,omitempty"`
}
