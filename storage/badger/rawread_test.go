package badger

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	badgerdb "github.com/dgraph-io/badger/v4"
)

// testKey is the key of encrypted stores.
var testKey = bytes.Repeat([]byte{7}, KeySize)

// filled makes a store that has tables and a log, closes it or not, and returns what it
// holds at last, and each version of each key that was ever written.
func filled(t *testing.T, key []byte, rounds int) (dir string, last map[string]string, ever map[string]bool) {
	t.Helper()
	if key != nil {
		wide(t, "encrypted stores")
	}
	dir = t.TempDir()
	last, ever = map[string]string{}, map[string]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for round := range rounds {
		s, err := Open(dir, Options{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			err := s.Update(func(tx storage.Tx) error {
				for range 1 + r.IntN(4) {
					k := fmt.Sprintf("d%03d", r.IntN(400))
					if r.IntN(5) == 0 {
						delete(last, k)
						if err := tx.Delete([]byte(k)); err != nil {
							return err
						}
						continue
					}
					v := fmt.Sprintf("%d %d %s", round, r.IntN(1e9), bytes.Repeat([]byte{'x'}, r.IntN(300)))
					last[k], ever[k+"="+v] = v, true
					if err := tx.Set([]byte(k), []byte(v)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if round == rounds-1 { // killed: the last round is in a log
			if err := s.Sync(); err != nil {
				t.Fatal(err)
			}
			killed := CopyAtOnce(t, dir)
			defer func() { dir = killed }()
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir, last, ever
}

// rawEntries reads all tables and logs of a store raw: the latest version of each key.
func rawEntries(t *testing.T, dir string, key []byte) map[string]entry {
	t.Helper()
	keys, err := openKeys(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]entry{}
	take := func(e entry) error {
		if have, is := all[string(e.key)]; !is || e.version >= have.version {
			e.key, e.value = bytes.Clone(e.key), bytes.Clone(e.value)
			all[string(e.key)] = e
		}
		return nil
	}
	for _, id := range numberedIn(t, dir, ".sst") {
		if err := eachOfTable(dir, id, keys, take, nil); err != nil {
			t.Fatal(err)
		}
	}
	whole := func(tx []entry) error {
		for _, e := range tx {
			_ = take(e) // has none
		}
		return nil
	}
	for _, id := range numberedIn(t, dir, logSuffix) {
		if _, err := readLog(dir, id, keys, whole, nil); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func numberedIn(t *testing.T, dir, ext string) []uint64 {
	t.Helper()
	ids, err := numbered(dir, ext)
	if err != nil || len(ids) == 0 {
		t.Fatalf("no %s: %v", ext, err)
	}
	return ids
}

// TestRawReadsWhatBadgerReads: tables and logs are read raw as Badger reads them, entry for
// entry, also of an encrypted store.
func TestRawReadsWhatBadgerReads(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := filled(t, key, 3)
			raw := rawEntries(t, dir, key)
			for _, id := range numberedIn(t, dir, logSuffix) { // prepared
				if info, err := os.Stat(logPath(dir, id)); err == nil && info.Size() == 0 {
					if err := os.Remove(logPath(dir, id)); err != nil {
						t.Fatal(err)
					}
				}
			}
			o, err := Options{Key: key}.settings(dir)
			if err != nil {
				t.Fatal(err)
			}
			db, err := badgerdb.OpenManaged(o.WithLogger(nil))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			txn := db.NewTransactionAt(^uint64(0), false)
			defer txn.Discard()
			all := badgerdb.DefaultIteratorOptions
			all.AllVersions = true
			it := txn.NewIterator(all)
			defer it.Close()
			n := 0
			seen := map[string]bool{}
			for it.Rewind(); it.Valid(); it.Next() {
				item := it.Item()
				k := string(item.Key())
				if seen[k] {
					continue // an earlier version
				}
				seen[k] = true
				n++
				v, err := item.ValueCopy(nil)
				e, is := raw[k]
				if err != nil || !is || e.version != item.Version() || e.deleted() != item.IsDeletedOrExpired() || !bytes.Equal(e.value, v) || e.tails != item.UserMeta() {
					t.Fatalf("%s: Badger %d %v %.40q, raw %v %d %v %.40q: %v", k, item.Version(), item.IsDeletedOrExpired(), v, is, e.version, e.deleted(), e.value, err)
				}
			}
			for k, e := range raw {
				if !seen[k] && !e.deleted() && k[0] != reserved {
					t.Errorf("%s is only read raw", k)
				}
			}
			if n < 300 {
				t.Errorf("%d keys", n)
			}
		})
	}
}

// spoil damages data in one of the ways of disks.
func spoil(r *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	switch r.IntN(8) {
	case 0:
		return data[:r.IntN(len(data))]
	case 1:
		at := r.IntN(len(data)) / sector * sector
		clear(data[at:min(len(data), at+sector)])
	case 2:
		at := r.IntN(len(data))
		for i := at; i < min(len(data), at+64); i++ {
			data[i] = byte(r.Uint32())
		}
	default:
		for range 1 + r.IntN(3) {
			data[r.IntN(len(data))] ^= 1 << r.IntN(8)
		}
	}
	return data
}

// TestRawReadsDamage: of a damaged table or log no entry is read that was not written, all
// entries of blocks that were not touched are, and never does reading panic, or take much
// more memory than the file.
func TestRawReadsDamage(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey} {
		t.Run(name, func(t *testing.T) {
			dir, _, ever := filled(t, key, 3)
			keys, err := openKeys(dir, key)
			if err != nil {
				t.Fatal(err)
			}
			written := func(e entry) error {
				if e.key[0] != reserved && !e.deleted() && !ever[string(e.key)+"="+string(e.value)] {
					t.Errorf("%q = %.60q was never written", e.key, e.value)
				}
				return nil
			}
			table, err := os.ReadFile(tablePath(dir, numberedIn(t, dir, ".sst")[0]))
			if err != nil {
				t.Fatal(err)
			}
			log, err := os.ReadFile(logPath(dir, numberedIn(t, dir, logSuffix)[0]))
			if err != nil {
				t.Fatal(err)
			}
			log = log[:usedOf(log)+sector]
			sound, err := openRawTable(table, keys)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(3, 4))
			for n := range 400 {
				bad := spoil(r, table)
				before := heapSoFar()
				if damaged, err := openRawTable(bad, keys); err == nil {
					if err := damaged.all(written, func(int, keySpan) {}); err != nil {
						t.Errorf("table %d: %v", n, err)
					}
					wantUntouched(t, sound, damaged, table, bad)
				}
				if took := heapSoFar() - before; took > uint64(40*len(table)+4<<20) {
					t.Errorf("table %d of %d bytes: %d bytes were allocated", n, len(table), took)
				}
				l, err := newRawLogOf(spoil(r, log), keys)
				if err != nil {
					continue
				}
				all := func(tx []entry) error {
					for _, e := range tx {
						_ = written(e) // has none
					}
					return nil
				}
				if _, err := l.read(all, all); err != nil {
					t.Errorf("log %d: %v", n, err)
				}
			}
		})
	}
}

func newRawLogOf(data []byte, keys *dataKeys) (*rawLog, error) {
	return newRawLog(data, len(data), keys)
}

func heapSoFar() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// wantUntouched makes sure that blocks whose bytes are as they were are read.
func wantUntouched(t *testing.T, sound, damaged *rawTable, was, is []byte) {
	t.Helper()
	read := map[string]bool{}
	for n := range damaged.blocks {
		_ = damaged.each(n, func(e entry) error { read[fmt.Sprintf("%s@%d", e.key, e.version)] = true; return nil })
	}
	for n, b := range sound.blocks {
		end := b.offset + b.length
		if end > len(is) || !bytes.Equal(was[b.offset:end], is[b.offset:end]) {
			continue
		}
		err := sound.each(n, func(e entry) error {
			if !read[fmt.Sprintf("%s@%d", e.key, e.version)] {
				return fmt.Errorf("%q of block %d is not read", e.key, n)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestRebuild: of a store in whose files something is damaged, each key whose latest version
// is in an undamaged block comes back with that version; one that may be in a damaged one is reported, and
// nothing comes back that never was written. Undamaged files make the same store, and
// what was deleted stays so.
func TestRebuild(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey} {
		t.Run(name, func(t *testing.T) {
			dir, last, ever := filled(t, key, 3)
			r := rand.New(rand.NewPCG(5, 6))
			for n := range 12 {
				at := t.TempDir()
				if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
					t.Fatal(err)
				}
				if n > 0 {
					path := tablePath(at, numberedIn(t, at, ".sst")[0])
					data, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					data[r.IntN(len(data))] ^= 1 << r.IntN(8)
					if n == 1 {
						clear(data[len(data)-300 : len(data)-100]) // in the index
					}
					if err := os.WriteFile(path, data, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				to := t.TempDir()
				rebuilt, err := Rebuild(t.Context(), at, to, Options{Key: key})
				if err != nil {
					t.Fatal(err)
				}
				if n == 0 && !rebuilt.Whole() {
					t.Errorf("undamaged: %v", rebuilt.Damage)
				}
				wantRebuilt(t, to, key, rebuilt, last, ever)
			}
		})
	}
}

func wantRebuilt(t *testing.T, dir string, key []byte, r Rebuilt, last map[string]string, ever map[string]bool) {
	t.Helper()
	doubtful := func(k string) bool {
		for _, l := range r.Lost {
			if k >= string(l.From) && (l.To == nil || k < string(l.To)) {
				return true
			}
		}
		return false
	}
	s, err := Open(dir, Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := map[string]string{}
	err = s.View(func(rd storage.Reader) error {
		for item, err := range rd.Scan(storage.ScanOptions{}) {
			if err != nil {
				return err
			}
			got[string(item.Key)] = string(item.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range got {
		if !ever[k+"="+v] {
			t.Errorf("%s = %.40q was never written", k, v)
		}
		if v != last[k] && !doubtful(k) {
			t.Errorf("%s is %.40q, was %.40q; lost are %q", k, v, last[k], r.Lost)
		}
	}
	for k := range last {
		if _, is := got[k]; !is && !doubtful(k) {
			t.Errorf("%s is missing; lost are %q, %v", k, r.Lost, r.Damage)
		}
	}
}

// TestRebuildKeys: the keys of an encrypted store are read one by one, and a beginning of their
// file that says that the key is another is told from another key.
func TestRebuildKeys(t *testing.T) {
	dir, last, ever := filled(t, testKey, 3)
	path := filepath.Join(dir, keyRegistry)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := Inspect(dir, bytes.Repeat([]byte{8}, KeySize)); err == nil || isDamage(err) {
		t.Errorf("another key: %v", err)
	}
	for _, at := range []int{3, 20} { // vector, greeting
		bad := bytes.Clone(data)
		bad[at] ^= 4
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Inspect(dir, testKey); !isDamage(err) {
			t.Errorf("byte %d: %v", at, err)
		}
		if err := Inspect(dir, bytes.Repeat([]byte{8}, KeySize)); err == nil || isDamage(err) {
			t.Errorf("byte %d and another key: %v", at, err)
		}
		to := t.TempDir()
		r, err := Rebuild(t.Context(), dir, to, Options{Key: testKey})
		if err != nil || !r.Whole() {
			t.Fatalf("%v: %v", r.Damage, err)
		}
		wantRebuilt(t, to, testKey, r, last, ever)
	}
}

func isDamage(err error) bool {
	var d *DamageError
	return errors.As(err, &d)
}

// TestCheckTables: a damaged table of a store that is open is found and noted, so that the next
// Inspect fails with its name; a sound store is not noted.
func TestCheckTables(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "encrypted": testKey} {
		t.Run(name, func(t *testing.T) {
			dir, _, _ := filled(t, key, 3)
			check := func() []DamageError {
				t.Helper()
				s, err := Open(dir, Options{Key: key})
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				found, err := s.CheckTables(t.Context(), func(int64) bool { return true })
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
			if found := check(); len(found) > 0 {
				t.Errorf("sound: %v", found)
			}
			if err := Inspect(dir, key); err != nil {
				t.Errorf("sound: %v", err)
			}
			id := numberedIn(t, dir, ".sst")[0]
			data, err := os.ReadFile(tablePath(dir, id))
			if err != nil {
				t.Fatal(err)
			}
			data[len(data)/2] ^= 1
			if err := os.WriteFile(tablePath(dir, id), data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(dir, Options{Key: key})
			if err != nil {
				t.Skipf("Badger does not open it: %v", err)
			}
			found, err := s.CheckTables(t.Context(), func(int64) bool { return true })
			if len(found) != 1 || found[0].File != tableName(id) || err != nil {
				t.Errorf("damaged: %v %v", found, err)
			}
			_ = s.Close() // what is in the table is in its way
			if note, err := os.ReadFile(filepath.Join(dir, suspect)); err != nil || !bytes.Contains(note, []byte(tableName(id))) {
				t.Errorf("the note: %q %v", note, err)
			}
			if err := Inspect(dir, key); !isDamage(err) {
				t.Errorf("the next start: %v", err)
			}
		})
	}
}
