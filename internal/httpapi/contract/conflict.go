package contract

import "encoding/json"

// Candidate is one of the values that concurrent edits left at a path.
type Candidate struct {
	Dot     string          `json:"dot"`            // names it: replica (32 hex digits) and counter
	Replica string          `json:"replica"`        // that wrote it
	Peer    string          `json:"peer,omitempty"` // whose replica that is, where this node knows
	Name    string          `json:"name,omitempty"` // what the peer calls itself, where it has said
	Time    string          `json:"time"`           // when it was written, RFC 3339
	Value   json.RawMessage `json:"value"`          // with $-tags, as it can be written
	Shown   bool            `json:"shown"`          // plain reads show this one
}

// Conflict is one place of a document with more than one value.
type Conflict struct {
	Path       string      `json:"path"` // JSON Pointer; an element of a list is its index
	Kind       string      `json:"kind"` // value, type or edited-while-removed
	Candidates []Candidate `json:"candidates"`
}

// ConflictedDocument is a document with its conflicts.
type ConflictedDocument struct {
	Collection string     `json:"collection"`
	Key        string     `json:"key"`
	Version    string     `json:"version"`
	Conflicts  []Conflict `json:"conflicts"`
}

// ConflictPage is a part of a collection's conflicted documents.
type ConflictPage struct {
	Documents []ConflictedDocument `json:"documents"`
	Next      *string              `json:"next"`
}

// Resolution is the body of POST /v1/conflicts/{collection}/{key...}: it ends
// the conflict at Path with one of the candidates, or with another value. It
// must name every candidate that is live, so that nothing is decided that
// nobody has looked at; else the answer is 409 and nothing is written.
type Resolution struct {
	Path string   `json:"path"`
	Seen []string `json:"seen"` // the dots of all candidates
	// Take is the dot of the candidate that stays. Exactly one of Take and
	// Value is given.
	Take  string          `json:"take,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}
