package main

import (
	"encoding/binary"
	"hash/crc32"
	"os"
)

// entry is where an entry of a write-ahead log of the store lies, how long it is, and of what key.
type entry struct {
	at, size int64
	key      string
}

const (
	logHeader = 20      // of the file
	metaBytes = 2       // of an entry, in front of the lengths
	maxEntry  = 1 << 21 // longer is none
)

// entries lists those of a log that is not encrypted, up to the first that is not whole:
// two bytes, the lengths of key and value and when it expires (varints), key, value,
// CRC-32C.
func entries(path string) (all []entry, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sums := crc32.MakeTable(crc32.Castagnoli)
	for at := logHeader; at < len(b); {
		head, body, key := at+metaBytes, uint64(0), uint64(0)
		for i := range 3 {
			if head >= len(b) {
				return all, nil
			}
			v, w := binary.Uvarint(b[head:])
			if w <= 0 || v > maxEntry {
				return all, nil
			}
			switch head += w; i {
			case 0:
				key = v
				fallthrough
			case 1:
				body += v
			}
		}
		end := head + int(body)
		if key == 0 || end+crc32.Size > len(b) || crc32.Checksum(b[at:end], sums) != binary.BigEndian.Uint32(b[end:]) {
			return all, nil
		}
		all = append(all, entry{int64(at), int64(end + crc32.Size - at), string(b[head : head+int(key)])})
		at = end + crc32.Size
	}
	return all, nil
}
