// Package crdttest is the algebraic laws of merging as a test that any kind of
// edit can call: Laws draws histories of replicas that edit, exchange states
// and fall behind, and checks the outcome of crdt.Merge against an oracle that
// knows nothing of joins. The oracle is the set of all operations, each with
// the entries it wrote and the entries it had seen and removed; what must be
// alive is what was written and not removed, and what must be shown follows
// from the live entries by Show, a specification function.
package crdttest
