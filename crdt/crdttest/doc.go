// Package crdttest is the algebraic laws of merging as a test that any kind of
// edit can call: Laws draws histories of replicas that edit, exchange states
// and fall behind, and checks the outcome of crdt.Merge against an oracle that
// knows nothing of joins.
//
// The oracle is History: the set of all operations, each with what it wrote and
// what of that which its author saw it removed. What must be alive after any
// set of operations is what they wrote and did not remove; everything else
// follows from that by specifications that walk through all of it: the order of
// elements by their positions, the content of a text by building the tree of
// all characters that its events ever made, what plain JSON shows, which
// conflicts there are.
package crdttest
