// Package mesh runs meshes of hundreds of peers in one thread, from a seed and
// in virtual time, to see what they cost: real documents, the real typed store
// over memory, real sessions, the real views that choose whom to be connected
// to.
//
// What is simulated is only what a machine and a network do: how long a
// message, a commit, a sync takes, which segments get lost, who loses power
// when. What a node does around its sessions (package node: one writer loop for
// local writes and frames of peers, changes that wait for company before they
// are pushed, back-pressure, ticks, hashing, dialling with backoff) is done
// here by the same rules, as events on a timeline instead of goroutines. A run
// is a function of its Options: the same seed gives the same Result.
//
// Package schedule asks whether replication can be wrong, with few peers and
// every misfortune between any two messages. This package asks how long it
// takes and how many bytes it costs, with many peers and plain bad luck; it
// checks all the same, as it goes, that no session finds a peer misbehaving or
// equal knowledge with other content, and at the end that everybody holds the
// same root and that no acknowledged write is lost.
package mesh
