// Command crash stops crdtd in the middle of everything, again and again, and
// proves that nothing that it acknowledged is lost.
//
//	go run ./integration/crash -n 5000          # kill -9 of meshes of three
//	go run ./integration/crash -power -n 200    # power cuts, as root
//	go run ./integration/crash -power -control relaxed -n 5   # must lose
//
// Three peers are written to by concurrent clients: puts, overwrites, removals
// and counters, some with acks; removals are forgotten after a second, one peer
// changes what it holds. One, two or all of them are killed at a random
// moment, also while they start and catch up. What clients were told is kept
// outside, in a book: after each start the peer has what it has acknowledged, and
// every few rounds all peers have one root, every key has what was last
// acknowledged for it, nothing that was removed is back, every increment counts
// once, and, read from the closed stores, no dot names two changes.
//
// With -power the peer's directory lies on a real file system (ext4) on a real
// block device (loop) whose medium is this program: a file of a FUSE file
// system that keeps what was written since the last flush apart. A power cut
// takes the medium as it is at a moment: of what was not flushed, a random part
// survives, in any order, and one write is torn in the middle. The cut medium
// is mounted again, the journal replayed, crdtd started, and the book compared; it tells of
// no incident. Every third cut is that of a relaxed peer that takes in what another one sends, which
// waits until a write is on both disks, or bundles that are carried to it: started alone it holds what it has said
// that it has.
// With -control relaxed the writes are acknowledged before they are synced, with
// -control lying the medium forgets flushes: both must lose, or the rig proves
// nothing.
//
// Every 75 kills are those of a new mesh, every 20 cuts those of new disks. After a violation it prints the command
// that does the same to such a mesh, or disk, again, and goes on with the next; -first begins at a later one.
package main
