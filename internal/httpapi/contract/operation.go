package contract

import "encoding/json"

// Operation is one typed operation of a PATCH of TypeOps, whose body is an
// array of them. Which members it has depends on Op: set, add and remove have
// Value, incr By, insert At and one of Text and Value, delete At and Len, move
// From and To, unset none.
type Operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"` // JSON Pointer
	Value json.RawMessage `json:"value,omitempty"`
	Text  *string         `json:"text,omitempty"` // to insert into a text
	By    *int64          `json:"by,omitempty"`
	At    *int            `json:"at,omitempty"`
	Len   *int            `json:"len,omitempty"`
	From  *int            `json:"from,omitempty"`
	To    *int            `json:"to,omitempty"`
}

// PatchStep is one operation of a JSON Patch (RFC 6902), whose body is an array
// of them: add, remove, replace, move, copy or test.
type PatchStep struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`           // JSON Pointer
	From  string          `json:"from,omitempty"` // JSON Pointer; of move and copy
	Value json.RawMessage `json:"value,omitempty"`
}
