package badger

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"

	"github.com/dgraph-io/badger/v4/y"
)

const (
	logHeader = 20      // number of the data key (8), and a nonce
	logKey    = 1 << 16 // longest key of an entry
)

var logSums = crc32.MakeTable(crc32.Castagnoli)

// rawLog reads a write-ahead log as Badger has written it. Badger stops at the
// first entry that it cannot read and cuts off what is behind it, whether that is
// the end of a write that a power cut has torn or a bit that has flipped in the
// middle; this tells one from the other.
type rawLog struct{ data []byte }

// read calls whole with the entries of each transaction up to the first that
// cannot be read, and later with those of transactions behind it. The slices are
// valid as long as the data. at is where the first stands that cannot be read; 0
// if there is none, which is so when nothing but zeros is behind the last.
func (l rawLog) read(whole, later func([]entry) error) (at int, err error) {
	if len(l.data) < logHeader {
		return 0, nil
	}
	var tx []entry
	give := whole
	for pos := logHeader; pos < len(l.data); {
		e, n := l.entry(pos)
		if n == 0 {
			if at == 0 && !l.empty(pos) {
				at = pos
			}
			if at == 0 {
				return 0, nil
			}
			give, tx = later, nil
			if pos = l.next(pos + 1); pos == 0 {
				return at, nil
			}
			continue
		}
		pos += n
		switch {
		case e.meta&metaEnd != 0:
			version, err := strconv.ParseUint(string(e.value), 10, 64)
			if err == nil && len(tx) > 0 && tx[0].version == version && give != nil {
				if err := give(tx); err != nil {
					return at, err
				}
			}
			tx = nil
		case e.meta&metaTx != 0:
			if len(tx) > 0 && tx[0].version != e.version {
				tx = nil
			}
			tx = append(tx, e)
		case give != nil:
			if err := give([]entry{e}); err != nil {
				return at, err
			}
		}
	}
	return at, nil
}

// entry reads the entry at pos; n is 0 if there is none.
func (l rawLog) entry(pos int) (e entry, n int) {
	b := l.data[pos:]
	if len(b) < 5+crc32.Size {
		return e, 0
	}
	e.meta, e.tails = b[0], b[1]
	at := 2
	var lengths [3]uint64 // of key and value, and when it expires
	for i := range lengths {
		v, w := binary.Uvarint(b[at:min(len(b), at+binary.MaxVarintLen64)])
		if w <= 0 {
			return e, 0
		}
		lengths[i], at = v, at+w
	}
	klen, vlen := lengths[0], lengths[1]
	if klen < 8 || klen > logKey || vlen > uint64(len(b)) || uint64(at)+klen+vlen+crc32.Size > uint64(len(b)) {
		return e, 0
	}
	end := at + int(klen+vlen)
	if crc32.Checksum(b[:end], logSums) != binary.BigEndian.Uint32(b[end:]) {
		return e, 0
	}
	key := b[at : at+int(klen)]
	e.key, e.version, e.value = y.ParseKey(key), y.ParseTs(key), b[at+int(klen):end:end]
	return e, end + crc32.Size
}

// next is where the next entry from pos on begins; 0 if there is none. Only
// what begins as our entries do is looked at.
func (l rawLog) next(pos int) int {
	for ; pos+5+crc32.Size < len(l.data); pos++ {
		if l.data[pos]&(metaTx|metaEnd) == 0 {
			continue
		}
		if _, n := l.entry(pos); n > 0 {
			return pos
		}
	}
	return 0
}

// empty reports whether there is nothing but zeros from pos on.
func (l rawLog) empty(pos int) bool {
	for _, b := range l.data[pos:] {
		if b != 0 {
			return false
		}
	}
	return true
}
