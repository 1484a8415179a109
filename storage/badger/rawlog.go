package badger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/dgraph-io/badger/v4/y"
)

const (
	logHeader = 20                                                                 // number of the data key (8), and a nonce
	logKey    = 1 << 16                                                            // longest key of an entry
	logEntry  = 2 + 3*binary.MaxVarintLen64 + logKey + valueThreshold + crc32.Size // no entry is longer
)

var logSums = crc32.MakeTable(crc32.Castagnoli)

// rawLog reads a write-ahead log as Badger has written it. Badger stops at the
// first entry that it cannot read and cuts off what is behind it, whether that is
// the end of a write that a power cut has torn or a bit that has flipped in the
// middle; this reads on.
type rawLog struct {
	data []byte
	key  []byte // that keys and values are encrypted with; nil: they are not
	used int    // behind the last byte that is not zero
	mute bool   // they are, and which key it is, and the nonce, are not there
}

// openLog reads a log of the store in dir. One that says that it is encrypted with
// a key that there is not is a *DamageError.
func openLog(dir string, id uint64, keys *dataKeys) (*rawLog, error) {
	data, end, err := readSparse(logPath(dir, id))
	if err != nil {
		return nil, err
	}
	l, err := newRawLog(data, end, keys)
	if err != nil {
		return nil, &DamageError{dir, logName(int(id)), err.Error()}
	}
	return l, nil
}

// newRawLog is the log that holds data, behind end of which there are only zeros.
func newRawLog(data []byte, end int, keys *dataKeys) (l *rawLog, err error) {
	l = &rawLog{data: data, used: usedOf(data[:end])}
	if len(data) < logHeader {
		return l, nil
	}
	number := binary.BigEndian.Uint64(data)
	l.key, err = keys.of(number)
	l.mute = keys != nil && number == 0
	return l, err
}

// usedOf is where the zeros begin that data ends with.
func usedOf(data []byte) int {
	var zeros [1 << 12]byte
	n := len(data)
	for n >= len(zeros) && bytes.Equal(data[n-len(zeros):n], zeros[:]) {
		n -= len(zeros)
	}
	return len(bytes.TrimRight(data[:n], "\x00"))
}

// logRead is what reading a log has found.
type logRead struct {
	first  uint64 // version of the transaction at the beginning, if anything of it can be read up to a gap; else 0
	last   uint64 // version of the last transaction before end; 0: there is none
	end    int    // behind the last transaction that can be read without a gap
	broken bool   // there is something behind end
	at     int    // the entry behind end that cannot be read; 0: none
	// Of what can be read behind it: the number of its first commit, 0 if there is nothing (it may be the one
	// that has the gap), and up to which commit all was on disk when it was written.
	next, synced uint64
}

// read calls whole with the entries of each transaction up to the first that cannot be read,
// as Badger does, and later with what can be read of that one and of those behind it, and with nothing
// where something is missing (see behind). The slices are valid as long as the data. Both may be nil.
func (l *rawLog) read(whole, later func([]entry) error) (r logRead, err error) {
	r.end = logHeader
	pos := logHeader
	var front []entry
	for pos < l.used {
		tx, next, bad := l.transaction(pos)
		if r.first == 0 && len(tx) > 0 {
			r.first = tx[0].version
		}
		if bad > 0 {
			r.at, front = bad, tx
			break
		}
		if whole != nil {
			if err := whole(tx); err != nil {
				return r, err
			}
		}
		r.last, r.end, pos = tx[0].version, next, next
	}
	r.broken = l.used > r.end
	if r.broken {
		b := behind{rawLog: l, later: later, pending: front, last: numberOf(r.last), first: pos == logHeader && len(front) > 0}
		err = b.read(r.at)
		r.next, r.synced = b.next, b.synced
	}
	return r, err
}

// transaction reads the one that begins at pos; bad is the entry that does not belong there,
// 0 if there is none, and tx what is before it. An entry that belongs to none stands for itself.
func (l *rawLog) transaction(pos int) (tx []entry, end, bad int) {
	for {
		e, n := l.entry(pos)
		switch {
		case n == 0:
			return tx, 0, pos
		case e.meta&metaEnd != 0:
			if len(tx) == 0 || !e.ends(tx[0].version) {
				return tx, 0, pos
			}
			return tx, pos + n, 0
		case e.meta&metaTx == 0:
			if len(tx) > 0 {
				return tx, 0, pos
			}
			return []entry{e}, pos + n, 0
		case len(tx) > 0 && tx[0].version != e.version:
			return tx, 0, pos
		}
		tx = append(tx, e)
		pos += n
	}
}

// ends reports whether e, which ends a transaction, ends that of a version.
func (e entry) ends(version uint64) bool {
	v, err := strconv.ParseUint(string(e.value), 10, 64)
	return err == nil && v == version
}

// entry reads the entry at pos; n is 0 if there is none.
func (l *rawLog) entry(pos int) (e entry, n int) {
	head, klen, n := extent(l.data[min(pos, l.used):])
	if n == 0 || pos+n > len(l.data) {
		return e, 0
	}
	b := l.data[pos : pos+n]
	end := n - crc32.Size
	if crc32.Checksum(b[:end], logSums) != binary.BigEndian.Uint32(b[end:]) {
		return e, 0
	}
	text := b[head:end:end]
	if l.key != nil {
		var err error
		if text, err = y.XORBlockAllocate(text, l.key, l.nonce(pos)); err != nil {
			return e, 0
		}
	}
	key := text[:klen]
	e = entry{meta: b[0], tails: b[1], key: y.ParseKey(key), version: y.ParseTs(key), value: text[klen:]}
	return e, n
}

// extent is how long the first lines of an entry say that they are, its key, and it as a whole:
// 0 if nothing that we have written begins like b.
func extent(b []byte) (head, key, whole int) {
	if len(b) < 5 {
		return 0, 0, 0
	}
	head = 2
	var lengths [3]uint64 // of key and value, and when it expires
	for i := range lengths {
		v, w := binary.Uvarint(b[head:min(len(b), head+binary.MaxVarintLen64)])
		if w <= 0 {
			return 0, 0, 0
		}
		lengths[i], head = v, head+w
	}
	if lengths[0] < 8 || lengths[0] > logKey || lengths[1] > valueThreshold {
		return 0, 0, 0
	}
	key = int(lengths[0])
	return head, key, head + key + int(lengths[1]) + crc32.Size
}

// nonce is what the entry at pos is encrypted with.
func (l *rawLog) nonce(pos int) []byte {
	return binary.BigEndian.AppendUint32(bytes.Clone(l.data[8:logHeader]), uint32(pos))
}

// next is where the next entry of a transaction from pos on begins; 0 if there is none.
func (l *rawLog) next(pos int) int {
	for ; pos < l.used; pos++ {
		if l.data[pos]&(metaTx|metaEnd) == 0 {
			continue
		}
		if _, n := l.entry(pos); n > 0 {
			return pos
		}
	}
	return 0
}

// sector is what a disk writes as a whole or not at all. Those that write more at
// once write several of them.
const sector = 512

// shortened reports whether the file is shorter than it was made. A log is made twice as long as a
// memtable, and ends to be written when it is a little more than half full; so behind what was written there is room for any
// entry. Where there is not, the end of the file was cut off: by us when the store was opened again, where a commit
// ends (see settleLogs), or it was lost.
func (l *rawLog) shortened() bool { return len(l.data)-l.used < logEntry }

// tearable reports whether the entry at pos, which cannot be read, may be one of which
// a power cut has left out a part. A log is zeros before it is written, from its beginning to its end.
// So a sector that is not as it was written last is as it was at an earlier time, and from
// where the log ended at that time on it is zeros. If no sector of the entry ends with zeros, all of it
// was on the disk, and it has changed since.
func (l *rawLog) tearable(pos int) bool {
	end := l.endOf(pos)
	for s := pos / sector * sector; s < end; s += sector {
		to := min(s+sector, len(l.data))
		zeros := max(pos, s+usedOf(l.data[s:to]))
		if zeros < min(end, to) {
			return true
		}
	}
	return false
}

// endOf is where the entry at pos ends at the latest, which cannot be read: where it says,
// if that is followed by another or by nothing, else where the next one begins that can be read.
func (l *rawLog) endOf(pos int) int {
	if _, _, n := extent(l.data[pos:]); n > 0 && pos+n <= len(l.data) {
		if _, next := l.entry(pos + n); next > 0 || pos+n >= l.used {
			return pos + n
		}
	}
	if next := l.next(pos + 1); next > 0 {
		return next
	}
	return len(l.data)
}

// readLog reads a log of the store in dir: see rawLog.read.
func readLog(dir string, id uint64, keys *dataKeys, whole, later func([]entry) error) (logRead, error) {
	l, err := openLog(dir, id, keys)
	if err != nil {
		return logRead{}, err
	}
	r, err := l.read(whole, later)
	if err != nil {
		return r, fmt.Errorf("log %d: %w", id, err)
	}
	return r, nil
}
