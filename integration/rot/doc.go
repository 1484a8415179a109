// Rot flips bits in, and cuts the ends off, the files of a node that is
// stopped, starts it again beside a peer that has the same data, and looks what
// became of it. Damage has to be detected or harmless: nothing is read that was
// not written unless the node has said that something is wrong, nothing that the peer holds is
// changed or deleted by it, and in the end both have the right content. Of a document that the
// node has named as one of which it does not know what its edit had replaced, parts of that may stand beside the edit;
// these runs are counted as named.
//
//	go run ./integration/rot -n 5000
//
// prints its seed, a line for each violation with the command that replays it,
// and what became of the others.
package main
