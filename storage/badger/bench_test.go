package badger_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	badgerdb "github.com/dgraph-io/badger/v4"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

const loaded = 100_000 // keys that the reading benchmarks read from

func benchKey(i int) []byte { return binary.BigEndian.AppendUint64([]byte("bench/key/"), uint64(i)) }

// benchValue is 200 bytes that compress about as documents do.
func benchValue(i int) []byte {
	v := make([]byte, 200)
	r := rand.New(rand.NewPCG(1, uint64(i)))
	for j := range v {
		v[j] = "abcdefghijklmnopqrstuvwxyz0123456789"[r.IntN(36)]
	}
	copy(v[20:], "a name that is in every document: ")
	copy(v[90:], "and another one that is there too: ")
	return v
}

func openPlain(b *testing.B) *badgerdb.DB {
	db, err := badgerdb.Open(badgerdb.DefaultOptions(b.TempDir()).WithLogger(nil))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func openStore(b *testing.B, p badger.Profile) storage.Store {
	s := openDir(b, b.TempDir(), badger.Options{Profile: p})
	b.Cleanup(func() { s.Close() })
	return s
}

// profiles runs a benchmark on plain Badger, with its default options, and
// on both profiles.
func profiles(b *testing.B, plain func(*testing.B, *badgerdb.DB), ours func(*testing.B, storage.Store)) {
	b.Run("plain", func(b *testing.B) { plain(b, openPlain(b)) })
	for _, p := range []badger.Profile{badger.Edge, badger.Server} {
		b.Run(string(p), func(b *testing.B) { ours(b, openStore(b, p)) })
	}
}

// BenchmarkPut commits one key of 200 bytes at a time, without sync.
func BenchmarkPut(b *testing.B) { benchmarkPut(b, false) }

// BenchmarkPutSync syncs each.
func BenchmarkPutSync(b *testing.B) { benchmarkPut(b, true) }

func benchmarkPut(b *testing.B, sync bool) {
	profiles(b, func(b *testing.B, db *badgerdb.DB) {
		for i := 0; b.Loop(); i++ {
			err := db.Update(func(txn *badgerdb.Txn) error { return txn.Set(benchKey(i), benchValue(i)) })
			if err == nil && sync {
				err = db.Sync()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}, func(b *testing.B, s storage.Store) {
		for i := 0; b.Loop(); i++ {
			err := s.Update(func(tx storage.Tx) error { return tx.Set(benchKey(i), benchValue(i)) })
			if err == nil && sync {
				err = s.Sync()
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGet reads one of 100,000 keys, each in a View of its own.
func BenchmarkGet(b *testing.B) {
	profiles(b, func(b *testing.B, db *badgerdb.DB) {
		loadPlain(b, db)
		r := rand.New(rand.NewPCG(1, 2))
		b.ReportAllocs()
		for b.Loop() {
			err := db.View(func(txn *badgerdb.Txn) error {
				item, err := txn.Get(benchKey(r.IntN(loaded)))
				if err != nil {
					return err
				}
				_, err = item.ValueCopy(nil)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}, func(b *testing.B, s storage.Store) {
		load(b, s)
		r := rand.New(rand.NewPCG(1, 2))
		b.ReportAllocs()
		for b.Loop() {
			err := s.View(func(tx storage.Reader) error {
				_, err := tx.Get(benchKey(r.IntN(loaded)))
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkScan reads 100,000 keys and values in order.
func BenchmarkScan(b *testing.B) {
	profiles(b, func(b *testing.B, db *badgerdb.DB) {
		loadPlain(b, db)
		for b.Loop() {
			err := db.View(func(txn *badgerdb.Txn) error {
				it := txn.NewIterator(badgerdb.DefaultIteratorOptions)
				defer it.Close()
				for it.Rewind(); it.Valid(); it.Next() {
					if err := it.Item().Value(func([]byte) error { return nil }); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}, func(b *testing.B, s storage.Store) {
		load(b, s)
		for b.Loop() {
			err := s.View(func(r storage.Reader) error {
				for _, err := range r.Scan(storage.ScanOptions{}) {
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

const perBatch = 1000

func loadPlain(b *testing.B, db *badgerdb.DB) {
	for i := 0; i < loaded; i += perBatch {
		err := db.Update(func(txn *badgerdb.Txn) error {
			for j := i; j < i+perBatch; j++ {
				if err := txn.Set(benchKey(j), benchValue(j)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func load(b *testing.B, s storage.Store) {
	for i := 0; i < loaded; i += perBatch {
		err := s.Update(func(tx storage.Tx) error {
			for j := i; j < i+perBatch; j++ {
				if err := tx.Set(benchKey(j), benchValue(j)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
