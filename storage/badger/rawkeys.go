package badger

import (
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/y"
	"google.golang.org/protobuf/proto"
)

// keyRegistry is the file in which Badger keeps the keys of the files of an encrypted
// store, under the key of the store: behind an initialisation vector and a greeting,
// each key behind its length and its checksum.
const keyRegistry = "KEYREGISTRY"

// dataKeys are the keys that the files of an encrypted store are encrypted with, by their
// numbers. nil is those of a store that is not encrypted.
type dataKeys struct{ keys map[uint64][]byte }

// openKeys reads the keys of the store in dir; nil if key is nil. It fails if any cannot
// be read.
func openKeys(dir string, key []byte) (*dataKeys, error) {
	k, damaged, err := readKeys(dir, key)
	if err == nil && damaged != "" {
		err = fmt.Errorf("keys of store %s: %s", dir, damaged)
	}
	return k, err
}

// readKeys is openKeys for who takes what there is; damaged says why some cannot be
// read.
func readKeys(dir string, key []byte) (k *dataKeys, damaged string, err error) {
	if len(key) == 0 {
		return nil, "", nil
	}
	data, err := os.ReadFile(filepath.Join(dir, keyRegistry))
	if errors.Is(err, os.ErrNotExist) {
		return &dataKeys{}, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	k = &dataKeys{keys: map[uint64][]byte{}}
	const head = aes.BlockSize + len(greeting)
	if len(data) < head {
		return k, fmt.Sprintf("%d bytes are left", len(data)), nil
	}
	for at := head; at < usedOf(data); {
		n := k.read(data[at:], key)
		if n == 0 {
			damaged = fmt.Sprintf("cannot be read at byte %d of %d", at, len(data))
			n = 1
		}
		at += n
	}
	return k, damaged, nil
}

// read reads the key that b begins with, and returns how long that is; 0 if there is
// none.
func (k *dataKeys) read(b, key []byte) int {
	if len(b) < 8 {
		return 0
	}
	n := uint64(binary.BigEndian.Uint32(b))
	if n == 0 || n > uint64(len(b)-8) || crc32.Checksum(b[8:8+n], logSums) != binary.BigEndian.Uint32(b[4:]) {
		return 0
	}
	var d pb.DataKey
	if proto.Unmarshal(b[8:8+n], &d) != nil || len(d.Iv) != aes.BlockSize {
		return 0
	}
	text, err := y.XORBlockAllocate(d.Data, key, d.Iv)
	if err != nil {
		return 0
	}
	k.keys[d.KeyId] = text
	return 8 + int(n)
}

// of is the key with a number, which is that of a file; 0 is none.
func (k *dataKeys) of(number uint64) ([]byte, error) {
	if number == 0 {
		return nil, nil
	}
	if k == nil {
		return nil, errors.New("says that it is encrypted")
	}
	key, ok := k.keys[number]
	if !ok {
		return nil, fmt.Errorf("encrypted with a key that there is not: number %d", number)
	}
	return key, nil
}

// all are the keys, the latest first.
func (k *dataKeys) all() (keys [][]byte) {
	for _, n := range slices.Backward(slices.Sorted(maps.Keys(k.keys))) {
		keys = append(keys, k.keys[n])
	}
	return keys
}

// keyOpens reports whether key is the one of the encrypted store in dir, of which the
// greeting cannot be read: something that is encrypted under it has its checksum.
func keyOpens(dir string, key []byte) (bool, error) {
	keys, _, err := readKeys(dir, key)
	if err != nil {
		return false, err
	}
	tables, err := numbered(dir, ".sst")
	if err != nil {
		return false, err
	}
	for _, id := range tables {
		data, err := os.ReadFile(tablePath(dir, id))
		if err != nil {
			return false, err
		}
		if _, err := openRawTable(data, keys); err == nil {
			return true, nil
		}
	}
	logs, err := numbered(dir, logSuffix)
	for _, id := range logs {
		if l, e := openLog(dir, id, keys); e == nil && l.legible() {
			return true, nil
		}
	}
	return false, err
}

// legible reports whether the log begins with entries whose keys are like ours: the
// checksums of a log are over what is encrypted, and say nothing of the key.
func (l *rawLog) legible() bool {
	const enough = 12
	n, pos := 0, logHeader
	for ; n < enough; n++ {
		e, size := l.entry(pos)
		if size == 0 || len(e.key) == 0 || e.key[0] != reserved && (e.key[0] < 'a' || e.key[0] > 'z') {
			break
		}
		pos += size
	}
	return l.key != nil && n == enough
}
