// Package splice describes one byte string by how it differs from another, so
// that a small change of a large value costs what the change is worth.
//
// A Splice makes a byte string of a source: some runs of the source as they
// are, in the order of the source, and new bytes between them. Diff finds one,
// Then joins two that follow each other, Apply carries one out:
//
//	s := splice.Diff(old, changed)
//	s.Apply(old)                       // equals changed
//	s.Then(splice.Diff(changed, last)) // makes last of old
//
// Diff takes one pass and a bounded number of tries: where the two run apart
// it looks for the next place at which they agree again, first nearby, then in
// an index of blocks. What it finds is right, not least.
package splice
