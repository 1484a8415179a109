// Package crdt is values that merge: documents, the dots and version vectors
// that say who has seen what, and their canonical bytes. It holds no clock,
// no goroutine, no lock and no store; all of it is functions of values.
//
// # One join
//
// A document is a tree. At each path live entries, and an entry is one event:
// the dot (replica, counter) that names it, the time, and a payload. An object
// is the entries that say it is there; a register is one entry for each
// concurrent value; a counter is one running sum for each replica; a set is
// one entry for each addition of an element; a text is the heads of its events
// (package text), and what they stand for are they and all events before them.
// An element of a list is named by the position at which it was inserted
// (package position), as a field is by its name, and where it stands is one
// entry for each concurrent place. Whatever the kind, entries merge by their
// dots alone. For two sides with live entries L and R, which have
// seen C and D,
//
//	(L∩R) ∪ (L\D) ∪ (R\C)
//
// stays alive: what both have, and what one has and the other never saw. What
// the other saw and has no more was removed. Merge does this for the entries
// and for the heads of a document (Law A), and it is the same for a keystroke
// from a neighbour and for a year's absence.
//
// There are no tombstones: that something was removed is known because it is
// absent where the version vector of the key range says that it was seen
// (Knowledge holds these vectors). So a deleted document leaves nothing here.
//
// # Edits
//
// Put makes a document what some JSON says by writing only the difference, and
// PutFrom what somebody changed who had read an earlier version; MergePatch,
// JSONPatch, Apply, EditText, Delete and Resolve are the other edits. Each
// returns a new Document, for a Document never changes. A Writer hands out the
// dots of a transaction: one for each entry that is written, for each code point
// that is typed, and for each removal, and none for what is equal already.
//
// In JSON {"$counter":n}, {"$set":[…]}, {"$text":"…"} and {"$bytes":"base64"}
// make the types that JSON lacks, and {"$register":…} one value of an array or
// object. Concurrent values are all kept; the latest is shown, and
// Conflicts lists the others until Resolve, or an edit of that value, ends it.
//
// # Bytes
//
// The canonical bytes are a pure function of the live entries, so replicas that
// hold the same have equal bytes and an equal version (Law E). Decode accepts
// exactly one encoding of each document. Of a large text Reduce sends only the
// events that a peer lacks; DecodeDelta reads that, Check proves what a peer
// sent, and Merge makes it whole. docs/STORAGE.md has the format.
package crdt
