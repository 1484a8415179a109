// Command mutants breaks crdtstore in small ways, one after the other, and
// reports which of them its tests notice. A mutant that nothing notices is a
// promise that nothing checks.
//
// Each file in bank is one mutant: what it breaks, which law, the tests that
// must fail then, and the edits:
//
//	Law C: a frame is merged whatever its base counts.
//	short: ./storage -run ^TestMergeSkipsWhatBaseDoesNotCover$
//	long: ./integration/simulate/schedule -run ^TestLaws$ -schedules 1500
//
//	storage/join.go
//	<<<
//	if r.Vector.Covers(f.Base) {
//	===
//	if true {
//	>>>
//
// Nothing is written into the tree: the go command is given an overlay. Mutants
// whose edits stay within functions are built together, each behind a condition
// that an environment variable turns on, so that a hundred of them cost one
// build; the others are built alone. All named tests have to pass before
// anything is broken.
//
//	go run ./integration/mutants            # every test of every mutant until one fails
//	go run ./integration/mutants -short     # the first test of each
//	go run ./integration/mutants -run NAME -v
//
// It exits with 1 if a mutant is missed; with -short one in twenty may be.
// That each mutant can still be applied is a test.
package main
