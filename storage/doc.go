// Package storage keeps documents in one ordered key-value store, so that data
// and what is known of it can never disagree.
//
// It has two layers. The port, Store, is an ordered map with atomic Updates and
// snapshots; storage/badger and storage/memory implement it, and
// storage/storagetest is what both must pass. On it stands the typed layer,
// Documents, which knows collections, documents and replication:
//
//   - a record per document: its heads (the dots of its latest changes), a
//     checksum, and the canonical bytes as they are, so reading a document is
//     one Get and no decoding; large ones are beside it, as pieces and splices,
//     so that a key pressed in a long text writes a few hundred bytes;
//   - a dot index with one entry per head, (replica, counter) → key, which
//     names the documents that a peer lacks by counting alone;
//   - an index of the documents that have conflicts;
//   - the knowledge of the collection: a version vector per key range;
//   - what is forgotten: removals so old that their records were dropped, counted
//     by a vector per key range;
//   - one signed head per replica, so that nobody counts for another (Law J);
//   - a Merkle tree over keys and versions, hashed lazily.
//
// All but the tree moves in one transaction (Law G): there is no second place
// that says "seen", so a crash at any moment leaves a past that really was. The
// tree says itself how far it has come.
//
// A local change is a transaction of its own counters:
//
//	d.Update(func(b *storage.Batch) error {
//		rec, err := b.Get("people", "ann")
//		…                                          // decode rec.Body
//		w := b.Begin("people", now)                // the next own dots
//		doc, changed, err = doc.Put(w, plain)      // takes some
//		head, _ := w.Last()
//		return b.Write("people", w, []storage.Written{{Key: "ann", Document: doc, Head: head}})
//	})
//
// A change of another replica comes as a Frame: documents, and "for the keys
// [From, To): Base → Vector". Merge joins the documents, and raises the vector
// of those ranges that cover the base; a removed document leaves only its
// heads and its index entry, because "absent, but covered by my vector" means
// deleted (Law B). In time Forget drops those too; who was away for longer merges
// again once it has compared what it holds (see Frame.Compared). A document that cannot be merged is left out by name, and what
// is known of its key stays as it was; the rest of the frame is merged.
//
// A store that cannot prove that it is the only continuation of its own past
// takes a new ReplicaID (Law F): when it is initialised, restored, stopped
// uncleanly while relaxed, shown changes of its own that it does not know, or
// has lost a range of keys. A record that fails its checksum is an error that
// names the document, never an absent one (Law I).
package storage
