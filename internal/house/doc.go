// Package house holds the rules of this repository as a test.
//
// The layers of crdtstore are worth something only as long as they stay
// layers: a document that can read a clock, or a session that can take a lock,
// can no longer be replayed from a seed. Such rules are forgotten in the third
// month, so they are checked on every run:
//
//   - imports point down only, and nothing below node knows a sibling;
//   - crdt and sync contain values, no effects: no clock, no goroutine, no
//     channel, no lock, no randomness, no file;
//   - a file stays one noun (at most 400 lines), and no package is called
//     util, common, helpers or manager;
//   - each package explains itself in a doc.go, each exported name in a
//     comment;
//   - tests wait for a condition, they never sleep;
//   - whatever reads bytes of others has a fuzz target, and each of those looks
//     at how much memory is taken;
//   - nothing needs cgo;
//   - links between pages of the documentation lead somewhere.
//
// Check reads the sources with go/parser and returns what it finds. A rule is
// changed here, in one place, with its reason in the commit.
package house
