package badger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4/pb"
	"google.golang.org/protobuf/proto"
)

const (
	manifestName   = "MANIFEST"
	manifestHeader = 8 // "Bdgr", and two numbers
)

// tableList is what a manifest says of tables, up to where it can be read.
type tableList struct {
	named map[uint64]bool
	// dropped were named once: a table that was compacted is removed when the manifest has
	// been synced, but not durably, and after a power cut it may be there again. What it says is old:
	// of what was deleted meanwhile nothing else may be left.
	dropped   map[uint64]bool
	end, size int64
}

// readTables reads the manifest of the store in dir. It fails with os.ErrNotExist if there is none, and
// with errManifest if nothing of it can be read.
func readTables(dir string) (t tableList, err error) {
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return t, err
	}
	if len(b) < manifestHeader || string(b[:4]) != "Bdgr" || !bytes.Equal(b[4:manifestHeader], []byte{0, 0, 0, 8}) {
		return t, errManifest
	}
	t = tableList{named: map[uint64]bool{}, dropped: map[uint64]bool{}, end: manifestHeader, size: int64(len(b))}
	for b = b[manifestHeader:]; len(b) >= 8; {
		n, sum := int64(binary.BigEndian.Uint32(b)), binary.BigEndian.Uint32(b[4:])
		if n > int64(len(b)-8) || crc32.Checksum(b[8:8+n], logSums) != sum {
			break
		}
		var set pb.ManifestChangeSet
		if proto.Unmarshal(b[8:8+n], &set) != nil {
			break
		}
		for _, c := range set.Changes {
			if c.Op == pb.ManifestChange_CREATE {
				t.named[c.Id] = true
				delete(t.dropped, c.Id)
				continue
			}
			delete(t.named, c.Id)
			t.dropped[c.Id] = true
		}
		b, t.end = b[8+n:], t.end+8+n
	}
	return t, nil
}

// errManifest is returned for a manifest of which nothing can be read.
var errManifest = errors.New("it does not begin like one")

// tablesIn lists the tables in dir but those that were dropped, and how the manifest was
// read; without a manifest that can be read all of them.
func tablesIn(dir string) (ids []uint64, t tableList, err error) {
	ids, err = numbered(dir, ".sst")
	if err != nil {
		return nil, t, err
	}
	t, err = readTables(dir)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, errManifest) {
		return ids, t, nil
	}
	return slices.DeleteFunc(ids, func(id uint64) bool { return t.dropped[id] }), t, err
}

// unfinished reports whether a table was never in use, because a manifest that can be read to its
// end does not name it: the stop came while it was written, and what it holds is elsewhere.
func (t tableList) unfinished(id uint64) bool { return t.size > 0 && t.end == t.size && !t.named[id] }

// manifest reads the manifest, and looks for the tables that it does not name. It may break off: its
// last lines were not synced when the power was cut, and then no table was removed on their account.
func (i inspection) manifest() error {
	t, err := readTables(i.dir)
	switch {
	case errors.Is(err, os.ErrNotExist) && len(i.tables) == 0:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return i.damaged(manifestName, "missing, but there are %d tables", len(i.tables))
	case errors.Is(err, errManifest):
		return i.damaged(manifestName, "%v", err)
	case err != nil:
		return err
	}
	off := ""
	if t.end < t.size {
		off = fmt.Sprintf("breaks off at byte %d of %d, ", t.end, t.size)
	}
	for id := range t.named {
		if !slices.Contains(i.tables, id) {
			return i.damaged(manifestName, "%stable %d is missing", off, id)
		}
	}
	return i.unnamed(t, off)
}

// settleManifest cuts off what a power cut has torn of the manifest, where nothing depends on it. Badger would
// take it for damage if all of its bytes were there.
func settleManifest(dir string, key []byte) error {
	ids, t, err := tablesIn(dir)
	if err != nil || t.end == t.size {
		return err
	}
	i := inspection{dir: dir, encrypted: len(key) > 0, tables: ids}
	if i.keys, err = openKeys(dir, key); err == nil {
		err = i.manifest()
	}
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestName)
	return errors.Join(os.Truncate(path, t.end), syncFile(path))
}
