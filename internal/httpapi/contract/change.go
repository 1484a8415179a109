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

// HeaderToken carries what a client has seen: in a request for documents the
// token of the session to go on with, in its answer the one to send next, to
// whichever peer. Of a stream of changes it is the token that it begins at.
const HeaderToken = "X-Session-Token"

// MaxAcks is for how many peers a write may wait.
const MaxAcks = 1000

// HeaderAcks says on how many other peers a write is on disk, where it waited
// for some.
const HeaderAcks = "X-Acks"
