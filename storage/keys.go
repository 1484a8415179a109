package storage

import (
	"encoding/binary"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// The first byte of every key names its key space. Collection names and
// document keys hold no zero byte, so one ends a collection name and keys of
// different collections never mix. Numbers are big-endian, so that a scan of
// the dot index visits the changes of a replica in the order it made them.
const (
	spaceCollection  = 'c' // collection → state: knowledge, own counter, live documents
	spaceDocument    = 'd' // collection 0 key → record: heads and canonical bytes
	spaceFingerprint = 'f' // collection 0 replica slot → own chain fingerprints
	spaceForgotten   = 'g' // collection … → what is forgotten of the removals: ranges, their vectors, a horizon
	spaceSignedHead  = 'h' // collection 0 replica → signed head
	spaceIndex       = 'i' // collection 0 replica counter → document key
	spaceBase        = 'k' // collection → what was known of it once, from which the state is a difference
	spaceMeta        = 'm' // name → a record about the whole store
	spaceOwn         = 'o' // collection 0 replica → counter of an earlier incarnation
	spacePart        = 'p' // collection 0 key 0 part → pieces and splices of a large body
	spaceQuarantine  = 'q' // number piece → what was put aside: what is said of it, then its bytes
	spaceReplica     = 'r' // replica number → ReplicaID
	spaceTree        = 't' // collection 0 … → tree nodes
	spaceTreeMark    = 'u' // collection → how far the tree is hashed
	spaceConflict    = 'x' // collection 0 key → nothing: the document has conflicts
)

// replicaNumber stands for a ReplicaID inside this store: the order in which
// the store first heard of it. It never leaves the store.
type replicaNumber uint32

// inCollection starts a key of a collection: the space, the name, a zero
// byte, and room for more bytes.
func inCollection(space byte, coll string, more int) []byte {
	k := make([]byte, 0, 2+len(coll)+more)
	k = append(k, space)
	k = append(k, coll...)
	return append(k, 0)
}

func collectionKey(coll string) []byte { return append([]byte{spaceCollection}, coll...) }

func baseKey(coll string) []byte { return append([]byte{spaceBase}, coll...) }

func treeMarkKey(coll string) []byte { return append([]byte{spaceTreeMark}, coll...) }

func documentKey(coll, key string) []byte {
	return appendDocumentKey(make([]byte, 0, 2+len(coll)+len(key)), coll, key)
}

func appendDocumentKey(to []byte, coll, key string) []byte {
	to = append(append(to, spaceDocument), coll...)
	return append(append(to, 0), key...)
}

func conflictKey(coll, key string) []byte {
	return append(inCollection(spaceConflict, coll, len(key)+1), key...)
}

// conflictRange scans the index of conflicts for the keys [from, to).
func conflictRange(coll, from, to string) ScanOptions {
	o := ScanOptions{Start: conflictKey(coll, from), End: afterCollection(spaceConflict, coll), KeysOnly: true}
	if to != "" {
		o.End = conflictKey(coll, to)
	}
	return o
}

// documentRange scans the records of the document keys [from, to).
func documentRange(coll, from, to string) ScanOptions {
	o := ScanOptions{Start: documentKey(coll, from)}
	if to == "" {
		o.End = afterCollection(spaceDocument, coll)
	} else {
		o.End = documentKey(coll, to)
	}
	return o
}

// afterCollection is the first key behind all keys of a collection in a space.
func afterCollection(space byte, coll string) []byte {
	k := inCollection(space, coll, 0)
	k[len(k)-1] = 1
	return k
}

// documentKeyOf is the inverse of documentKey for a scan inside coll.
func documentKeyOf(coll string, k []byte) string { return string(k[2+len(coll):]) }

func indexKey(coll string, r replicaNumber, counter uint64) []byte {
	k := inCollection(spaceIndex, coll, 12)
	k = binary.BigEndian.AppendUint32(k, uint32(r))
	return binary.BigEndian.AppendUint64(k, counter)
}

// indexRange scans r's entries with counters above after.
func indexRange(coll string, r replicaNumber, after uint64) ScanOptions {
	start := indexKey(coll, r, after)
	return ScanOptions{Start: append(start, 0), End: append(indexKey(coll, r, ^uint64(0)), 0)}
}

// parseIndexKey is the inverse of indexKey for a scan inside coll.
func parseIndexKey(coll string, k []byte) (replicaNumber, uint64, error) {
	rest := k[2+len(coll):]
	if len(rest) != 12 {
		return 0, 0, &DamagedError{Collection: coll, What: fmt.Sprintf("index entry of %d bytes", len(rest))}
	}
	return replicaNumber(binary.BigEndian.Uint32(rest)), binary.BigEndian.Uint64(rest[4:]), nil
}

func signedHeadKey(coll string, r replicaNumber) []byte {
	return binary.BigEndian.AppendUint32(inCollection(spaceSignedHead, coll, 4), uint32(r))
}

func ownKey(coll string, r replicaNumber) []byte {
	return binary.BigEndian.AppendUint32(inCollection(spaceOwn, coll, 4), uint32(r))
}

func fingerprintKey(coll string, r replicaNumber, slot uint16) []byte {
	k := binary.BigEndian.AppendUint32(inCollection(spaceFingerprint, coll, 6), uint32(r))
	return binary.BigEndian.AppendUint16(k, slot)
}

func replicaKey(n replicaNumber) []byte {
	return binary.BigEndian.AppendUint32([]byte{spaceReplica}, uint32(n))
}

func metaKey(name string) []byte { return append([]byte{spaceMeta}, name...) }

// wholeSpace scans every key of a space.
func wholeSpace(space byte) ScanOptions {
	return ScanOptions{Start: []byte{space}, End: []byte{space + 1}}
}

// checkAddress refuses a collection name or key that cannot be a document's.
func checkAddress(coll, key string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	return crdt.CheckKey(key)
}
