package integration

import (
	"encoding/binary"
	"hash/crc32"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// TestNewerStore: a store that a newer version has written is refused, in words,
// and stays as it is.
func TestNewerStore(t *testing.T) {
	t.Parallel()
	p := startPeer(t, "newer")
	p.ctl("put", "c/k", `{"n":1}`)
	p.stop()
	dir := filepath.Join(p.dir, "store")
	was := setFormat(t, dir, []byte{100})
	err := p.tryStart()
	if err == nil || !strings.Contains(err.Error(), "store was written by a newer version: format 100") {
		t.Fatalf("started on a newer store: %v", err)
	}
	setFormat(t, dir, was)
	p.start()
	p.sees("c/k", `{"n":1}`)
}

// setFormat gives a store another format number, and returns the one it had:
// a record of the store's own, sealed with a CRC-32C over key and payload.
func setFormat(t *testing.T, dir string, format []byte) (was []byte) {
	t.Helper()
	s, err := badger.Open(dir, badger.Options{})
	must(t, err)
	key, table := []byte("mformat"), crc32.MakeTable(crc32.Castagnoli)
	must(t, s.Update(func(tx storage.Tx) error {
		value, err := tx.Get(key)
		if err != nil {
			return err
		}
		was = append([]byte(nil), value[4:]...)
		sum := crc32.Update(crc32.Checksum(key, table), table, format)
		return tx.Set(key, append(binary.BigEndian.AppendUint32(nil, sum), format...))
	}))
	must(t, s.Sync())
	must(t, s.Close())
	return was
}
