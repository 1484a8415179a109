package badger

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4/y"
)

// tableEnds finds out where tables end whose last block cannot be read: before the
// next one of the same level begins, which the manifest tells. The tables of the first
// level overlap.
type tableEnds struct {
	dir    string
	keys   *dataKeys
	levels map[uint64]uint8 // table → level, once it was read
	firsts map[uint64][]byte
}

// of is a key behind the last one of a table, which has one at from; nil if that is not
// known.
func (t *tableEnds) of(id uint64, from []byte) (end []byte) {
	if t.levels == nil {
		t.read()
	}
	level, ok := t.levels[id]
	if !ok || level == 0 {
		return nil
	}
	for other, first := range t.firsts {
		if t.levels[other] == level && bytes.Compare(first, from) > 0 && (end == nil || bytes.Compare(first, end) < 0) {
			end = first
		}
	}
	return end
}

// read reads the manifest, and where each table begins; what cannot be read is left out.
func (t *tableEnds) read() {
	t.levels, t.firsts = map[uint64]uint8{}, map[uint64][]byte{}
	f, err := os.Open(filepath.Join(t.dir, "MANIFEST"))
	if err != nil {
		return
	}
	defer f.Close()
	m, _, err := replay(f)
	if err != nil {
		return
	}
	for id, info := range m.Tables {
		t.levels[id] = info.Level
		if info.Level == 0 {
			continue
		}
		data, err := os.ReadFile(tablePath(t.dir, id))
		if err != nil {
			continue
		}
		if table, err := openRawTable(data, t.keys); err == nil && len(table.blocks) > 0 {
			t.firsts[id] = bytes.Clone(y.ParseKey(table.blocks[0].first))
		}
	}
}
