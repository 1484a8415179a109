// Command bench measures crdtstore against plain Badger, against Yjs and
// against the limits it is meant to keep.
//
//	go run ./integration/bench                 # the table, some minutes
//	go run ./integration/bench -json FILE      # the same for programs
//	go run ./integration/bench -heavy          # with 1,000,000 documents as well
//	go run ./integration/bench -json FILE -page docs/BENCHMARKS.md  # the page
//	go run ./integration/bench -run put -rounds 5
//	go run ./integration/bench -docs 20000     # smaller, for a first look
//
//	go run ./integration/bench -run 'document|typing|together' -yjs=false
//
// Absolute times belong to a machine; what counts is the ratio of two sides
// that were measured in turns, in one run, on one disk. Each round measures
// plain Badger and then crdtstore on fresh directories; the figure is the
// median of the ratios of the rounds. Peers are nodes of this process that
// talk over real libp2p connections on loopback; bytes are those of session
// messages, and round trips are counted by adding latency on a simulated
// network and dividing what it adds by it.
//
// What agreeing costs is the bytes of all session messages of a peer less those
// that keys and compressed bodies of documents took, as the sessions count them
// (node.Traffic); bytes written are counted where the store is handed them.
//
// A row is printed as soon as it is measured. -json keeps a file that has one
// object: what it ran on (go, system, arch, cpus, memory_gb, docs), what each
// case took of its budget, rows and skips. It is whole after every row, and a
// run that has only some cases replaces their rows and no others, so a long run
// may be made of several short ones; with -stores they share what is built once.
// A row has case, what, under (what an indented one is about), value, unit,
// target ("" is none), met, ours and plain (text: where a ratio comes from), and,
// where it is a point of a curve, points: objects with the curve's name, which
// says what is measured against what, and x; value is y. The names of the curves
// are in point.go, the limits that -page puts into docs/BENCHMARKS.md in
// limits.go.
//
// Editing is measured on recorded traces (CRDTSTORE_TESTDATA, or shared/data
// beside the repository; rows are skipped where they are missing), against the
// bare content that all edits end up in, and against Yjs under Node, which npm
// installs into the run's own directory in the version that
// yjs/package-lock.json pins. Without node, npm or a registry its rows are
// skipped; what was skipped is printed below the table, and why.
package main
