package badger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/storage"
)

// logOf writes a store, and gives its log as a kill leaves it.
func logOf(f *testing.F) []byte {
	f.Helper()
	dir := f.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 40 {
		err := s.Update(func(tx storage.Tx) error {
			for j := range 3 {
				if err := tx.Set(fmt.Appendf(nil, "key %d/%d", i%9, j), binary.BigEndian.AppendUint64(nil, uint64(i))); err != nil {
					return err
				}
			}
			return tx.Delete(fmt.Appendf(nil, "key %d/0", i%5))
		})
		if err != nil {
			f.Fatal(err)
		}
	}
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil || len(logs) == 0 {
		f.Fatal(logs, err)
	}
	var log []byte
	for _, name := range logs { // the last of them may not have been used yet
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if b = b[:usedOf(b)]; len(b) > len(log) {
			log = b
		}
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	l, err := newRawLog(log, len(log), nil)
	if err != nil {
		f.Fatal(err)
	}
	if r, err := l.read(nil, nil); err != nil || r.end != len(log) || r.last == 0 {
		f.Fatalf("a sound log of %d bytes is read as %+v, %v", len(log), r, err)
	}
	return log
}

// FuzzRawLog reads any bytes as a log that is damaged, as they are and with sums that hold: what
// it gives out is in order, and lies before the place where it breaks off.
func FuzzRawLog(f *testing.F) {
	log := logOf(f)
	f.Add(log)
	f.Add(log[:len(log)/2])
	f.Add(log[:200])
	barrage.Fuzz(f, func(t *testing.T, data []byte) {
		readsLog(t, data)
		readsLog(t, summedLog(data))
	})
}

func readsLog(t *testing.T, data []byte) {
	alloc.Bounded(t, len(data), func() {
		if l, err := newRawLog(data, len(data), nil); err == nil {
			_, _ = l.read(nil, nil)
		}
	})
	l, err := newRawLog(data, len(data), nil)
	if err != nil {
		return
	}
	r, err := l.read(func(tx []entry) error {
		if len(tx) == 0 {
			t.Fatal("a transaction of nothing")
		}
		return nil
	}, func([]entry) error { return nil })
	switch {
	case err != nil:
		t.Fatal(err)
	case r.end > max(len(data), logHeader) || r.at > 0 && r.at < r.end:
		t.Fatalf("%+v of %d bytes", r, len(data))
	}
}

// summedLog is a log whose entries have the sums that belong to them.
func summedLog(data []byte) []byte {
	data = bytes.Clone(data)
	for pos := logHeader; pos < len(data); {
		_, _, n := extent(data[pos:])
		if n == 0 || pos+n > len(data) {
			pos++
			continue
		}
		end := pos + n - crc32.Size
		binary.BigEndian.PutUint32(data[end:], crc32.Checksum(data[pos:end], logSums))
		pos += n
	}
	return data
}

// tableOf is the only table of a store that was closed.
func tableOf(f *testing.F) []byte {
	f.Helper()
	dir := f.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		f.Fatal(err)
	}
	err = s.Update(func(tx storage.Tx) error {
		for i := range 200 {
			if err := tx.Set(fmt.Appendf(nil, "key %03d", i), fmt.Appendf(nil, "value %d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		f.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(names) != 1 {
		f.Fatal(names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		f.Fatal(err)
	}
	if n := readTable(b); n < 200 {
		f.Fatalf("%d entries are read of a sound table", n)
	}
	return b
}

// FuzzRawTable reads any bytes as a table that is damaged, as they are and with sums that hold.
func FuzzRawTable(f *testing.F) {
	b := tableOf(f)
	f.Add(b)
	f.Add(b[:len(b)-7])
	if n := readTable(summedTable(b)); n < 200 {
		f.Fatalf("%d entries are read of a sound table with new sums", n)
	}
	barrage.Fuzz(f, func(t *testing.T, data []byte) {
		for _, data := range [][]byte{data, summedTable(data)} {
			alloc.Bounded(t, len(data), func() { readTable(data) })
		}
	})
}

// summedTable is a table whose blocks have the sums that belong to them, where the
// index finds them.
func summedTable(data []byte) []byte {
	data = bytes.Clone(data)
	t, err := indexedTable(data, nil)
	if err != nil {
		return data
	}
	for _, b := range t.blocks {
		block := data[b.offset : b.offset+b.length]
		n := len(block) - 4
		if n < 0 {
			continue
		}
		size := int(binary.BigEndian.Uint32(block[n:]))
		if size < 6 || size > min(n, 11) {
			continue
		}
		sum := uint64(crc32.Checksum(block[:n-size], logSums))
		block[n-size] = 2 << 3 // the field of the sum, a varint that is as long as there is room
		for i := n - size + 1; i < n; i++ {
			block[i] = byte(sum)&0x7f | 0x80
			sum >>= 7
		}
		block[n-1] &= 0x7f
	}
	return data
}

// readTable reads all blocks of a table that can be read.
func readTable(data []byte) (entries int) {
	table, err := openRawTable(data, nil)
	if err != nil {
		return 0
	}
	for i := range table.blocks {
		_ = table.each(i, func(entry) error { entries++; return nil }) // one that cannot be read leaves the others
	}
	return entries
}
