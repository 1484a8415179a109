// Command fuzz runs every fuzz target of the repository, as many at a time as
// there are cores, and sums up how many inputs they were given.
//
//	go run ./integration/fuzz -for 5m           # all targets, five minutes together
//	go run ./integration/fuzz -short            # two seconds each
//	go run ./integration/fuzz -run Frame -for 1h
//	go run ./integration/fuzz -executions 1e8   # in turn, until so many were tried, at the lowest priority
//
// The tests of a package are built once, instrumented, and each of its targets
// is run from that. With -executions the count is kept in a file: whoever breaks
// off, or adds -for 20m, goes on later from there, until all are done.
//
// What a target finds new is kept where go test does, so that the next run goes on
// from there; with -short each begins anew. An input that fails is written into testdata of the package, with
// the command that replays it; the command ends with 1 then, when all targets had
// their turn.
package main
