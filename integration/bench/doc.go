// Command bench measures crdtstore against plain Badger and against the
// limits it is meant to keep.
//
//	go run ./integration/bench                 # the table, some minutes
//	go run ./integration/bench -json           # the same for programs
//	go run ./integration/bench -run put -rounds 5
//	go run ./integration/bench -docs 20000     # smaller, for a first look
//
// Absolute times belong to a machine; what counts is the ratio of two sides
// that were measured in turns, in one run, on one disk. Each round measures
// plain Badger and then crdtstore on fresh directories; the figure is the
// median of the ratios of the rounds. Peers are nodes of this process that
// talk over real libp2p connections on loopback; bytes are those of session
// messages, and round trips are counted by adding latency on a simulated
// network and dividing what it adds by it.
package main
