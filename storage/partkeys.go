package storage

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// A large body is kept in parts, each under the key of its document, a zero
// byte, its kind and a number.
const (
	partLayout = 0 // number 0: which pieces make the body
	partPiece  = 1 // a run of bytes of the body, as it was when they were written
	partSplice = 2 // what has changed since, one write after the other
)

const partSuffix = 4 // zero byte, kind, number

func partKey(coll, key string, kind byte, number uint16) []byte {
	k := append(inCollection(spacePart, coll, len(key)+partSuffix), key...)
	return binary.BigEndian.AppendUint16(append(k, 0, kind), number)
}

// parsePartKey is the inverse of partKey for a scan inside coll.
func parsePartKey(coll string, k []byte) (key string, kind byte, number uint16, err error) {
	rest := k[2+len(coll):]
	n := len(rest) - partSuffix
	if n < 1 || rest[n] != 0 {
		return "", 0, 0, &DamagedError{Collection: coll, What: fmt.Sprintf("key %q of a part of a body", k)}
	}
	return string(rest[:n]), rest[n+1], binary.BigEndian.Uint16(rest[n+2:]), nil
}

// partRange scans the parts of the documents with keys in [from, to). What
// follows a zero byte in a bound is cut off, since no key has one: whatever is
// behind "ann" and below "ann\x01" is a part of ann.
func partRange(coll, from, to string) ScanOptions {
	bound := func(key string) []byte {
		k := inCollection(spacePart, coll, len(key)+1)
		if head, _, cut := strings.Cut(key, "\x00"); cut {
			return append(append(k, head...), 1)
		}
		return append(k, key...)
	}
	o := ScanOptions{Start: bound(from), End: afterCollection(spacePart, coll)}
	if to != "" {
		o.End = bound(to)
	}
	return o
}

// partsOf scans the parts of one document.
func partsOf(coll, key string) ScanOptions {
	return partRange(coll, key, key+"\x00")
}
