package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
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
	log, err := os.ReadFile(logs[len(logs)-1])
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	return log[:usedOf(log)]
}

// FuzzRawLog reads any bytes as a log that is damaged: what it gives out is in
// order, and lies before the place where it breaks off.
func FuzzRawLog(f *testing.F) {
	log := logOf(f)
	f.Add(log)
	f.Add(log[:len(log)/2])
	barrage.Fuzz(f, func(t *testing.T, data []byte) {
		alloc.Bounded(t, len(data), func() {
			if l, err := newRawLog(data, len(data), nil); err == nil {
				_, _ = l.read(nil, nil)
			}
		})
		l, err := newRawLog(data, len(data), nil)
		if err != nil {
			return
		}
		whole := 0
		r, err := l.read(func(tx []entry) error {
			if len(tx) == 0 {
				t.Fatal("a transaction of nothing")
			}
			whole++
			return nil
		}, func([]entry) error { return nil })
		switch {
		case err != nil:
			t.Fatal(err)
		case r.end > max(len(data), logHeader) || r.at > 0 && r.at < r.end:
			t.Fatalf("%+v of %d bytes", r, len(data))
		}
	})
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

// FuzzRawTable reads any bytes as a table that is damaged.
func FuzzRawTable(f *testing.F) {
	b := tableOf(f)
	f.Add(b)
	f.Add(b[:len(b)-7])
	barrage.Fuzz(f, func(t *testing.T, data []byte) {
		alloc.Bounded(t, len(data), func() { readTable(data) })
		readTable(data)
	})
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
