package contract

// Exchange says how changes pass between a node and a peer in their session: sent
// at once, or announced and sent when asked for.
type Exchange struct {
	Lazy       []string `json:"lazy"`       // collections of which this node announces what it got from others
	LazyByPeer []string `json:"lazyByPeer"` // and those of which the peer does
	Sent       Volume   `json:"sent"`
	Received   Volume   `json:"received"`
	Repeated   Volume   `json:"repeated"`  // the part of received that brought nothing
	Announced  int64    `json:"announced"` // announcements sent
	Heard      int64    `json:"heard"`     // and received
}

// Volume is a number of frames, and of the documents in them.
type Volume struct {
	Frames    int64 `json:"frames"`
	Documents int64 `json:"documents"`
}

// Scrub is how far the check of what is stored has come.
type Scrub struct {
	Began      *string `json:"began"` // RFC 3339; null if there was none yet
	Ended      *string `json:"ended"` // null while it runs
	Collection string  `json:"collection"`
	Documents  int64   `json:"documents"` // checked in this pass
	Findings   int64   `json:"findings"`  // in this pass
}
