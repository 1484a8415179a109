// Package archive is the file that a backup is, and a bundle: a recorded drain.
//
// A session between two peers sends documents in key order, in frames that say
// "for these keys: from vector base to vector". An archive holds the same frames
// of all collections, of one moment, so what takes it in is the merge that takes
// everything in (Law A), with its rules about removals (Law B), about what was
// forgotten, and about who may count for whom (Law J: signed heads come ahead of
// the frames that need them).
//
// A file is chunks, each with its kind, its length and a SHA-256 over itself and
// the sum of the one before, so no byte of it can change, be missing or be added
// without being noticed:
//
//	header       who wrote it, when, of which mesh
//	identity     device key and mesh secret, if they were asked for
//	collection   what is known of each key range, and what a reader must know
//	heads          signatures (Law J)
//	frame          documents of a run of keys
//	end            how many documents, and the root of the hash tree
//	…            the next collection
//	trailer      counts, the signature of the writer, and the seal of the mesh
//
// A file without its trailer is no archive. Verify reads a whole file, decodes
// every document and computes every root; who takes one in does that before
// anything is written.
//
// What the writer knew at that moment, its Known, is what the next archive, an
// incremental one, begins from: documents that it counts are left out. Where the
// writer has forgotten removals since, which nothing names any more, a range is written
// whole: then a document that is not in it is not there (see Frame.Whole).
//
// The package knows values and bytes alone. Package node writes archives of its
// store, and merges them into one.
package archive
