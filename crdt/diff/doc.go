// Package diff finds what changed between two sequences. It is how a document
// that is written whole becomes the few edits that its writer meant.
//
// Compare is Myers' algorithm in linear space (An O(ND) Difference Algorithm
// and Its Variations, 1986): from both ends at once it follows the paths of
// fewest edits until they meet, and does the same with the two halves. Its time
// is the length times the number of differences, so the work is bounded: a
// search that has gone Reach edits far without meeting goes on from the furthest
// point it has reached, and when the work allowed is done, what is left is one
// hunk. A sequence that has nothing to do with the other is replaced, after a
// fixed number of steps, and never compared for minutes.
//
// The outcome depends on the input alone, never on the clock.
package diff
