// Package text merges plain text that many people edit at once. It holds
// values only: no clock, no goroutine, no lock and no store.
//
// # Events, not characters
//
// What is kept of a text is the graph of its editing events. An event inserts
// or deletes one code point, is named by its agent and that agent's sequence
// number, and names its parents: the events its author had seen last. Its
// position is the one the author saw, so recording a keystroke on top of all
// others is an append to a few columns (runs of typing are one row) and an
// edit of the content, which is kept beside the graph. No other state exists
// while people do not type at the same time.
//
// When they do, positions have to be carried over to a text that changed
// meanwhile. Merge then replays the events since the last critical version
// (one that everything later has seen) through a walker: a list of
// characters, deleted ones too, each visible or not at the version of the
// event at hand. This is Eg-walker (Gentle and Kleppmann 2024). Characters
// that were inserted at the same place are ordered as in FugueMax (Weidner
// and Kleppmann 2023): typing runs of several authors never interleave,
// forward or backward. Ties end at the agent's name, compared as bytes, then
// at the sequence number.
//
// # Exchange
//
// A version is the set of events that some heads have among their ancestors.
// Frontier names all that is here, Delta packs what a version lacks, Merge
// takes it in on another replica. Merge is commutative, associative and
// idempotent; replicas with the same events show the same text and have equal
// canonical bytes, whatever came when. Merge believes nothing: parents that
// are not here, ids used twice and positions outside the text at their
// version are refused by name, and nothing has changed then. Closure cuts a
// text down to the ancestors of some heads, which is what remains if a text
// is removed while somebody types.
//
// Positions count Unicode code points; UTF16 and FromUTF16 convert them for
// clients that count in UTF-16 units.
//
// # Bytes
//
// AppendCanonical and Delta.Append write one format: byte 1, a table of
// agents, a table of the parents outside, the chains (agent, sequence number,
// length, parents), kind and length of each run, its position relative to its
// author's cursor, and the inserted UTF-8. Events stand in an order that
// depends on their set alone: lines, in which each event is the only parent of
// its agent's next, are written whole; of those whose parents are written, the
// one with the smallest first id comes next. All numbers are shortest varints;
// Decode accepts exactly one encoding of each set of events. What stands before
// a critical version stays where it is: Canonical keeps its bytes, and writes
// only what came since. Nothing is compressed: that is for those who store or
// send the bytes.
package text
