// Package node is crdtstore as a Go package: one store, its documents, and its
// conversations with peers. The binaries crdtd and crdtctl are thin shells
// around it.
//
// Open a node; its zero Options are an embedded store in memory that talks to
// nobody. With a Dir it is on disk, with Listen or Join it is a member of a
// mesh. Everything works the same whether peers are there or not: no call
// waits for one, except Sync, WaitConverged, a write with PutOptions.Acks, and a
// ClientSession that comes from another node.
//
//	n, err := node.Open(ctx, node.Options{Dir: dir})
//	people := n.Collection("people")
//	people.Put(ctx, "ann", []byte(`{"name":"Ann"}`), node.PutOptions{})
//
// # Editing
//
// Put writes the difference between what is there and what it is given, and with
// PutOptions.Base the difference between a version that was read and what it is
// given, so that nobody's edits are undone by somebody who has not seen them.
// MergePatch, JSONPatch and Apply are differences already, EditText is many
// edits of one text in one go, and Edit and Update run a function again until
// nothing has come in between. Of shows a collection as values of a Go type,
// whose Modify turns what a function does to a value into increments, elements
// and letters. What concurrent edits leave open is listed by Conflicts, with who
// wrote it and when, and ended by Resolve.
//
// # What holds
//
// One node is linearizable per document: a write that returned is seen by every
// later read here, and a precondition (PutOptions) is a compare-and-set here.
// With Fsync, the default, a write that returned is on disk (Law H).
//
// Across peers everything converges: peers that have heard of the same changes
// hold the same bytes, and equal roots prove it. Concurrent changes of
// different fields both survive; of one field, all values are kept, one is
// shown, and the others are Conflicts until somebody writes or resolves them.
// A transaction is visible whole on peers that are in step; on one that is
// catching up, keys arrive in order.
//
// A client that goes from node to node takes its ClientSession along as a
// SessionToken: the next node answers when it has all that the client has seen,
// so that it reads its own writes, and never less than it has read.
//
// # How it works
//
// A node schedules; what it computes belongs to the packages below. One writer
// loop drains a queue into one storage transaction and one sync, so a hundred
// concurrent writers pay for one; frames of peers take turns with local writes.
// Reads go straight to a snapshot. Each peer has a session: a state machine of
// package sync, stepped by one goroutine that receives, is told of commits, and
// keeps the time; a second one sends, so that a slow peer holds up only itself.
// Changes looks at snapshots too, from what its token has seen; so it needs no
// log, and the token is good at any peer.
//
// A node remembers a little of what was used last, and can forget it at any
// time: bodies of versions that somebody asked for, to serve as bases, and large
// documents decoded, so that a keystroke costs what the edit costs.
package node
