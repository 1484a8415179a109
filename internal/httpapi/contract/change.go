package contract

// Change is one event of GET /v1/changes.
type Change struct {
	Collection string  `json:"collection"`
	Key        string  `json:"key"`
	Version    *string `json:"version"` // null when deleted
	Deleted    bool    `json:"deleted"`
	Token      string  `json:"token"` // resumes after this change, at any peer
}

// ChangePage is the answer of a long poll.
type ChangePage struct {
	Changes []Change `json:"changes"`
	Token   string   `json:"token"` // the "since" of the next poll
}

// SinceNow is the "since" that skips what is there already.
const SinceNow = "now"

// HeaderToken carries the token that a stream of changes begins at.
const HeaderToken = "X-Session-Token"
