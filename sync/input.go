package antientropy

import "time"

// Input is one thing that happens to a session. A session that has closed
// ignores every further input.
type Input interface{ input() }

// Start begins the conversation. Both sides start at once; it comes first and
// only once.
type Start struct{}

// Received is one whole message from the peer. The session keeps no
// reference to it.
type Received struct{ Message []byte }

// Changed says that the knowledge of a collection has grown here, by a local
// write or by a merge from any peer. Several changes may be told as one.
type Changed struct{ Collection string }

// Committed answers a Merge output, in the order of the outputs of its
// collection. With Refused and Err zero the store has durably committed the
// frame, or as much of it as its base allowed: the session looks at the
// knowledge itself. Refused names why an invalid frame was not committed
// (ReasonUnsignedHead, ReasonBadFrame); Err is a failure of the local store.
type Committed struct {
	ID      uint64
	Refused Reason
	Detail  string // with Refused: for the log and the peer
	Err     error
	// Wanted names documents of the frame that came reduced and build on what
	// is not held here. Nothing of the frame, or only its first keys, was
	// committed; it comes again with these documents whole.
	Wanted []string
	// Refusals names documents of the frame that were not taken, with
	// everything else of it committed. The knowledge of exactly these keys was
	// not raised.
	Refusals []Refusal
	// Known says that all of the frame was here before it was merged: neither a
	// document nor the knowledge has changed.
	Known bool
	// Repeated counts the documents of the frame that changed nothing here.
	Repeated int
}

// Refusal is a document that a replica does not take: what is known of its key
// stays behind, and nothing else waits for it.
type Refusal struct {
	Key    string
	Reason string // for operators of both sides; at most 256 bytes are sent
}

// Hashed answers a Hash output: the tree has been brought up to the
// collection's knowledge of that moment.
type Hashed struct{ Collection string }

// Tick tells the time. It is the only clock of a session: age of snapshots,
// liveness, and the pace of counts and verification follow it. Once a second
// is enough.
type Tick struct{ Now time.Time }

// Pause stops (On) or resumes frames in both directions. From the step on that
// takes it no Merge is output until it is resumed; those output before may still
// be on their way to be committed. Knowledge and counts are exchanged all the
// same.
type Pause struct{ On bool }

// Share asks the peer to begin what it sends of a collection at part Part of
// Parts (0 ≤ Part < Parts ≤ MaxParts) of what it holds, in order of keys, and to
// go on from its end with what is then still unknown here: so that several peers
// feed this one at once, each with something else. What was asked before is
// forgotten. It does nothing where there is nothing under way.
type Share struct {
	Collection  string
	Part, Parts int
}

// Urge sends at once what of a collection is held back from the peer, because it
// is believed to come to it by another way: somebody waits for the peer to have
// it. What is not held back needs no Urge.
type Urge struct{ Collection string }

// Ask asks the peer how it holds some documents that differ though both sides have
// seen the same of them, the first 256 of them; Told brings the answer. It does
// nothing if the peer cannot say so, or has not yet answered the Ask before.
type Ask struct {
	Collection string
	Keys       []string
}

// Answer answers Asked: the documents are Sound, and may be shown, or they are
// not.
type Answer struct {
	Collection string
	Sound      bool
}

// SyncNow starts what would otherwise wait for a Tick: counts and
// verification.
type SyncNow struct{}

// Recount counts at once, while frames are held back, what a Tick would count,
// so that Status is exact.
type Recount struct{}

// Backlog tells how many bytes of the messages that were output have not been
// sent yet.
type Backlog struct{ Bytes int }

// Next lets a sparing session make another frame for a peer that catches up (see
// Config.Sparing).
type Next struct{}

// Stop ends the conversation from this side with a Bye; the zero Reason is
// ReasonStopped.
type Stop struct {
	Reason Reason
	Detail string
}

func (Start) input()     {}
func (Received) input()  {}
func (Changed) input()   {}
func (Committed) input() {}
func (Hashed) input()    {}
func (Tick) input()      {}
func (Pause) input()     {}
func (Share) input()     {}
func (Urge) input()      {}
func (Ask) input()       {}
func (Answer) input()    {}
func (SyncNow) input()   {}
func (Recount) input()   {}
func (Backlog) input()   {}
func (Next) input()      {}
func (Stop) input()      {}
