// Clones copies, restores and puts back the data directories of nodes as people do, lets all that
// comes of it write, and looks whether each that is not the only continuation of its past has taken
// a new incarnation before it could do harm (Law F).
//
//	go run ./integration/clones -n 200
//
// runs random histories of real processes: a device writes, is stopped, killed, copied while it is
// stopped or runs, restored from a backup with its identity, put back in place to an earlier
// day, and meets a peer now and then. In three of four histories the file system tells
// where a directory is; there every copy has to be found at its start, no two lives may ever
// write under one incarnation without one having what the other wrote, no dot may name two
// documents, and all that is written, fields and counts as well, has to be there in the end.
// In the others the directories lie where no file system tells a copy from its
// original: what nobody can know at its start is detected at the latest when each has met the
// peer: then no two still write as one. No document is lost there, and what is lost of fields and
// counts that both wrote at once is counted (docs/decisions/0058 says why).
package main
