// Command fuzz runs every fuzz target of the repository in turn, each for its
// share of the time, and sums up how many inputs they were given.
//
//	go run ./integration/fuzz -for 5m       # all targets, five minutes together
//	go run ./integration/fuzz -short        # two seconds each
//	go run ./integration/fuzz -run Frame -for 1h
//
// What go test finds new it keeps in its cache, so that the next run goes on
// from there. An input that fails is written into testdata of the package, with
// the command that replays it; the command ends with 1 then, when all targets had
// their turn.
package main
