// Package memory is a storage.Store that forgets everything when the process
// ends: for tests, for simulation, and for a node without a data directory.
//
// It is an ordered tree whose versions share what they have in common. A
// transaction modifies a new version, which replaces the current one when it
// commits; a snapshot is a pointer to a version. There is no goroutine and no
// clock, so a simulation that calls it in the same order sees the same
// results.
//
// A simulation can also make it fail: Inject makes the next Update or Sync
// fail, Crash returns the store as a power cut would leave it, and Kill as a
// stop of the process would.
package memory
