// Command fuzz runs every fuzz target of the repository, as many at a time as
// there are cores, and sums up how many inputs they were given.
//
//	go run ./integration/fuzz -for 5m           # all targets, five minutes together
//	go run ./integration/fuzz -short            # a second each, a barrage
//	go run ./integration/fuzz -run Frame -for 1h -mode engine
//	go run ./integration/fuzz -executions 1e8   # in turn, until so many were tried, at the lowest priority
//
// Inputs are made in two ways. The engine of go test looks for those that reach
// code which none has reached; what it finds is kept where go test does, so that the next
// run goes on from there; with -short each begins anew. A barrage (crdt/crdttest/barrage) changes what is known,
// testdata and what the engine has found, in the process of the target itself: it
// is ten to a hundred times as fast, does not look at coverage, and what it does can be
// replayed by its seed. -mode engine or barrage does one of them; both, the default,
// gives each half of a turn.
//
// The tests of a package are built once, instrumented if the engine is to
// run, and each of its targets is run from that. With -executions the count is kept in a file: whoever breaks
// off, or adds -for 20m, goes on later from there, until all are done; the numbers of
// inputs go on, too: those of a turn are others than those before. An input that fails is written into testdata of the package, with
// the command that replays it; the command ends with 1 then, when all targets had
// their turn.
package main
