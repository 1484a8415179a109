// Package antientropy is the conversation by which two connected peers come
// to hold the same, as a pure state machine. (Its directory is sync; importers
// name it antientropy, because of the standard library.)
//
// A Session is fed with Inputs, one at a time, and answers each with Outputs:
// messages to send, frames to commit, trees to hash, what has happened. It has
// no goroutine, no clock, no lock and no store; it reads documents through the
// Replica that it is given, and learns the time from Tick. So the same code
// runs over a real network and, thousands of schedules a minute, in a
// simulation of one thread (see integration/simulate/schedule).
//
// For every collection a session keeps what the peer is known to hold, a
// version vector for each key range. Nothing else is needed: what the peer
// lacks are the documents with a head above that vector, and they are sent in
// key order from one snapshot, each frame with the vector that holds for its
// keys. A frame that has been committed is knowledge, whatever happens to the
// next one. Catching up and live updates are the same thing; a live update is
// a drain of one frame.
//
//	theirs   what the peer has shown, or acknowledged
//	known    theirs, and what is on its way
//	mine     what this replica's snapshot knows
//
// Where mine exceeds known there is something to send, if only the vector.
// What came from the peer is in theirs and never goes back.
//
// Large texts travel reduced to the events that the peer lacks. A peer that has
// dropped what they build on wants them whole. A document that cannot be merged
// is refused by name: it becomes a hole in what the peer knows, both sides say
// so, and nothing else waits for it.
//
// docs/PROTOCOL.md describes the messages; testdata holds conversations that
// can be read as stories.
package antientropy
