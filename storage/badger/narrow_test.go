package badger

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"
)

// wide skips a test of what there is on 64-bit systems only.
func wide(t testing.TB, what string) {
	t.Helper()
	if narrow {
		t.Skipf("on 64-bit systems only: %s", what)
	}
}

// blockBuffer is what a builder takes at once for a block, of 4 KiB.
const blockBuffer = 4<<10 + 256

// taken is how many bytes of its buffer a builder takes for a block of so many pieces, each of
// which is put behind the others, and how many of them are used.
func taken(pieces ...int) (taken, used int) {
	has := blockBuffer
	taken = has
	for _, n := range pieces {
		if has-used < n {
			has = max(2*has, used+n)
			taken += has
		}
		used += n
	}
	return taken, used
}

// TestNarrowBuffer: whatever the length of the documents is, what a builder takes for the largest table that there
// may be fits its first buffer. A table is made of a memtable that was nearly full, and one more transaction; or it is
// one that compaction makes, which ends behind the first key with which it has 95 % of its size.
func TestNarrowBuffer(t *testing.T) {
	const largest = narrowMemtable + narrowMemtable*15/100
	if narrowMemtable*15/100 <= storage.MinTxSize {
		t.Errorf("a transaction may have %d bytes, %d are promised", narrowMemtable*15/100, storage.MinTxSize)
	}
	for n := 1; n <= valueThreshold; n += 1 + n/1000 {
		entries := 1
		if n < 4<<10 {
			entries = max(1, (4<<10-24)/(n+10))
		}
		var pieces []int
		for range entries {
			pieces = append(pieces, 4, 4, n+2)
		}
		of, used := taken(append(pieces, 4*entries, 4, 10, 4)...)
		tables := max(largest/used+1, narrowTable*95/100/used+2)
		if whole := tables * of; whole > narrowBuffer {
			t.Fatalf("documents of %d bytes: a block of %d takes %d, the largest table %d of %d", n, used, of, whole, narrowBuffer)
		}
	}
}

// TestNarrowBuilder: what builds the largest table has no second buffer, anywhere, and nothing in the table is another
// thing where an int has 32 bits.
func TestNarrowBuilder(t *testing.T) {
	settings, err := Options{}.settings("")
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{100, blockBuffer, 2*blockBuffer - 16, 3 * blockBuffer, valueThreshold - 1} {
		pool := z.NewAllocatorPool(1)
		b := table.NewTableBuilder(table.Options{TableSize: narrowTable, BlockSize: settings.BlockSize, BloomFalsePositive: 0.01, AllocPool: pool})
		value := make([]byte, length)
		entries := (narrowMemtable + narrowMemtable*15/100) / (length + 24)
		for i := range entries {
			binary.BigEndian.PutUint64(value, uint64(i))
			b.Add(y.KeyWithTs(binary.BigEndian.AppendUint64(nil, uint64(i)), 1), y.ValueStruct{Value: value}, 0)
		}
		data := b.Finish()
		b.Close()
		if a := pool.Get(0, ""); a.Allocated() <= made || a.Allocated() > narrowBuffer {
			t.Errorf("documents of %d bytes: a builder had %d", length, a.Allocated())
		}
		pool.Release()
		built, err := table.OpenInMemoryTable(data, 1, &table.Options{BlockSize: settings.BlockSize})
		if err != nil {
			t.Fatal(err)
		}
		if err := built.VerifyChecksum(); err != nil {
			t.Fatalf("documents of %d bytes: %v", length, err)
		}
		n, it := 0, built.NewIterator(0)
		for it.Rewind(); it.Valid(); it.Next() {
			if v := it.Value().Value; len(v) != length || binary.BigEndian.Uint64(v) != uint64(n) {
				t.Fatalf("documents of %d bytes: %d is another", length, n)
			}
			n++
		}
		if it.Close(); n != entries {
			t.Errorf("documents of %d bytes: %d of %d", length, n, entries)
		}
	}
}

// TestNarrowTables: of tables that are made of memtables and by compactions, with documents of the worst
// length, nothing is lost where an int has 32 bits.
func TestNarrowTables(t *testing.T) {
	settings, err := Options{}.settings(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if settings, err = (Options{}).narrowed(settings); err != nil {
		t.Fatal(err)
	}
	settings.Logger = nil
	db, err := badgerdb.Open(settings)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	verifyTables(db)
	const documents, length = 8_000, 2*blockBuffer - 16
	value := make([]byte, length)
	rng := rand.NewChaCha8([32]byte{1})
	for i := range documents {
		_, _ = rng.Read(value[:64])
		binary.BigEndian.PutUint64(value[64:], uint64(i))
		if err := db.Update(func(tx *badgerdb.Txn) error {
			return tx.Set(binary.BigEndian.AppendUint64(nil, uint64(i*7919%documents)), append([]byte(nil), value...))
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Flatten(1); err != nil {
		t.Fatal(err)
	}
	n := 0
	if err := db.View(func(tx *badgerdb.Txn) error {
		it := tx.NewIterator(badgerdb.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			if err := it.Item().Value(func(v []byte) error {
				if len(v) != length || binary.BigEndian.Uint64(v[64:])*7919%documents != binary.BigEndian.Uint64(it.Item().Key()) {
					t.Errorf("%x is another document", it.Item().Key())
				}
				return nil
			}); err != nil {
				return err
			}
			n++
		}
		return nil
	}); err != nil || n != documents {
		t.Fatalf("%d documents of %d: %v", n, documents, err)
	}
}
