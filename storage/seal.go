package storage

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
)

// ErrDamaged is returned when what the store holds under a key is not what
// was written there. Match it with errors.Is; the error is a *DamagedError.
var ErrDamaged = errors.New("damaged")

// DamagedError says which part of the store is damaged. A damaged document is
// never served as absent (Law I).
type DamagedError struct {
	// Collection is the collection concerned, "" for the store as a whole.
	Collection string
	// Key is the document concerned; "" when What is not about one document.
	Key string
	// What names the part and how it fails.
	What string
	// Unrecorded are documents of a frame, in order of keys, of which changes are counted
	// here that nobody has forgotten, and there is no record: Key is the first. A
	// check that finds nothing amiss with one says that it was not lost, but that a copy of
	// a store has written it under dots that another used. Either way it is to be
	// forfeited: what is counted of it does not hold.
	Unrecorded []string
}

// Error prints "damaged: people/ann: checksum of the record".
func (e *DamagedError) Error() string {
	var b strings.Builder
	b.WriteString("damaged: ")
	if e.Collection != "" {
		b.WriteString(e.Collection)
		if e.Key != "" {
			b.WriteByte('/')
			b.WriteString(e.Key)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.What)
	return b.String()
}

// Is makes every DamagedError match ErrDamaged.
func (e *DamagedError) Is(target error) bool { return target == ErrDamaged }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const sealSize = 4

// checksum is CRC-32C over a storage key and what is stored there, so that a
// value that turns up under another key does not pass.
func checksum(key, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, payload)
}

// unsealed makes room for the checksum in front of a payload of about size
// bytes; append the payload, then seal.
func unsealed(size int) []byte { return make([]byte, sealSize, sealSize+size) }

// seal writes the checksum into the room that unsealed has left.
func seal(key, value []byte) []byte {
	binary.BigEndian.PutUint32(value, checksum(key, value[sealSize:]))
	return value
}

// unseal returns the payload of a sealed value; ok is false if it is not what
// was written under key.
func unseal(key, value []byte) (payload []byte, ok bool) {
	if len(value) < sealSize || binary.BigEndian.Uint32(value) != checksum(key, value[sealSize:]) {
		return nil, false
	}
	return value[sealSize:], true
}

// getSealed reads a sealed value; damage is reported as what, of coll.
func getSealed(r Reader, key []byte, coll, what string) ([]byte, error) {
	value, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	payload, ok := unseal(key, value)
	if !ok {
		return nil, &DamagedError{Collection: coll, What: "checksum of " + what}
	}
	return payload, nil
}
