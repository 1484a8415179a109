package badger

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// logged is a log as a store has written it, and what a reader of the source would know of it.
type logged struct {
	data   []byte
	keys   *dataKeys
	tables uint64   // how many commits are in tables, and are not in the log
	ends   []int    // of its commits, whose numbers begin behind those
	begun  []uint64 // up to which number commits were on disk when each began
	synced []int    // how many of the log were on disk after each
}

// openBehind opens a store whose log begins behind some commits that are in tables.
func openBehind(t *testing.T, key []byte, tables uint64) (s *Store, dir string) {
	t.Helper()
	if key != nil {
		wide(t, "encrypted stores")
	}
	dir = t.TempDir()
	s, err := Open(dir, Options{Key: key})
	for n := range tables {
		if err == nil {
			err = s.Update(func(tx storage.Tx) error { return tx.Set([]byte("old"), fmt.Append(nil, n)) })
		}
	}
	if tables > 0 && err == nil {
		if err = s.Close(); err == nil {
			s, err = Open(dir, Options{Key: key})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, dir
}

// writeLog lets a store, in which some commits are in tables, write commits of all sizes, and sync at times.
func writeLog(t *testing.T, r *rand.Rand, key []byte, tables uint64) (w logged, dir string) {
	t.Helper()
	s, dir := openBehind(t, key, tables)
	synced, all := 0, 10+r.IntN(60)
	for n := range all {
		w.begun = append(w.begun, tables+uint64(synced))
		err := s.Update(func(tx storage.Tx) error {
			for range 1 + r.IntN(4) {
				value := make([]byte, r.IntN([]int{8, 100, 2000, 20_000}[r.IntN(4)]))
				for i := range value {
					value[i] = byte(r.Uint32() >> r.IntN(12)) // zeros too
				}
				if err := tx.Set(fmt.Appendf(nil, "k%d", r.IntN(50)), value); err != nil {
					return err
				}
			}
			return tx.Set([]byte("n"), fmt.Append(nil, n))
		})
		if err == nil && r.IntN(3) == 0 {
			err, synced = s.Sync(), n+1
		}
		if err != nil {
			t.Fatal(err)
		}
		w.synced = append(w.synced, synced)
	}
	w.scan(t, dir, key, tables)
	return w, dir
}

// scan reads the log of the store in dir, and where its commits end.
func (w *logged) scan(t *testing.T, dir string, key []byte, tables uint64) {
	t.Helper()
	var err error
	if w.keys, err = openKeys(dir, key); err != nil {
		t.Fatal(err)
	}
	if w.tables = newestIn(dir, w.keys); w.tables != tables {
		t.Fatalf("the newest commit in the tables is %d, want %d", w.tables, tables)
	}
	l, err := openLog(dir, 1, w.keys)
	if err != nil {
		t.Fatal(err)
	}
	for pos := logHeader; pos < l.used; {
		_, end, bad := l.transaction(pos)
		if bad > 0 {
			t.Fatalf("a log that was just written cannot be read at %d", bad)
		}
		w.ends, pos = append(w.ends, end), end
	}
	if len(w.ends) != len(w.synced) {
		t.Fatalf("%d commits in the log, %d were made", len(w.ends), len(w.synced))
	}
	w.data = l.data[:(l.used/4096+9)*4096+logEntry]
}

// cut is the log after a power cut behind commit n: of the sectors behind what was synced
// each is as it was at some moment, at the earliest when that was synced.
func (w logged) cut(r *rand.Rand, n int) []byte {
	synced, end := 0, w.ends[n]
	if w.synced[n] > 0 {
		synced = w.ends[w.synced[n]-1]
	}
	moments := []int{synced, end}
	for range r.IntN(4) {
		moments = append(moments, synced+r.IntN(end-synced+1))
	}
	image := make([]byte, len(w.data))
	for s := 0; s < end; s += sector {
		at := moments[r.IntN(len(moments))]
		if s >= at {
			continue
		}
		copy(image[s:], w.data[s:min(at, s+sector)])
	}
	return image
}

func (w logged) read(t *testing.T, image []byte) logFile {
	t.Helper()
	l, err := newRawLog(image, len(image), w.keys)
	if err != nil {
		t.Fatal(err)
	}
	return l.file(1)
}

// damage is what an image of the log is taken for.
func (w logged) damage(f logFile) string {
	_, what := damagedLog([]logFile{f}, func() uint64 { return w.tables })
	return what
}

// readable is how many commits from the first on are as they were written.
func (w logged) readable(image []byte) int {
	for n, end := range w.ends {
		if !bytes.Equal(image[logHeader:end], w.data[logHeader:end]) {
			return n
		}
	}
	return len(w.ends)
}

// TestPowerCutIsNoDamage cuts the power at random: what is on the disk then is never taken for
// damage, and all that was synced is read.
func TestPowerCutIsNoDamage(t *testing.T) {
	torn, behind := 0, 0
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		w, _ := writeLog(t, r, keyOf(seed), tablesOf(seed))
		for range 150 {
			n := r.IntN(len(w.ends))
			image := w.cut(r, n)
			f := w.read(t, image)
			if what := w.damage(f); what != "" {
				t.Fatalf("seed %d: a power cut behind commit %d is taken for damage: %s", seed, n, what)
			}
			if got := w.readable(image); got < w.synced[n] || f.end < w.ends[max(got, 1)-1] && got > 0 {
				t.Fatalf("seed %d: %d of %d synced commits are there, %d bytes are read", seed, got, w.synced[n], f.end)
			}
			if f.broken {
				torn++
			}
			if f.next > 0 {
				behind++
			}
		}
	}
	if torn < 100 || behind < 50 {
		t.Errorf("%d logs were torn, %d with commits behind that: nothing is shown", torn, behind)
	}
}

// keyOf encrypts every third store.
func keyOf(seed uint64) []byte {
	if seed%3 != 2 || narrow {
		return nil
	}
	return bytes.Repeat([]byte{7}, KeySize)
}

// tablesOf lets every other store begin its log behind commits that are in tables.
func tablesOf(seed uint64) uint64 { return seed % 2 * 3 }

// TestDamageIsNoPowerCut flips bits and wipes sectors of what later commits say that was on disk,
// in logs that were cut and in others: it is always found. Of what no commit says that
// it was on disk, nearly all is found.
func TestDamageIsNoPowerCut(t *testing.T) {
	proven, open, unseen := 0, 0, 0
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 2))
		w, _ := writeLog(t, r, keyOf(seed), tablesOf(seed))
		for range 150 {
			image := w.cut(r, r.IntN(len(w.ends)))
			whole := w.readable(image)
			if whole == 0 {
				continue
			}
			at := logHeader + r.IntN(w.ends[whole-1]-logHeader)
			wipe := r.IntN(4) == 0
			if wipe {
				clear(image[at/sector*sector:][:sector])
			} else {
				image[at] ^= 1 << r.IntN(8)
			}
			left := w.readable(image)
			if left >= whole || wipe && at < sector { // wiped zeros, or the header
				continue
			}
			f := w.read(t, image)
			what := w.damage(f)
			// The oracle: some commit that is still as it was says that the first that is not was on disk.
			said := false
			for n := left + 1; n < len(w.ends); n++ {
				intact := bytes.Equal(image[w.ends[n-1]:w.ends[n]], w.data[w.ends[n-1]:w.ends[n]])
				said = said || intact && w.begun[n] > w.tables+uint64(left)
			}
			switch {
			case said && what == "":
				t.Fatalf("seed %d: commit %d was on disk, as later ones say, is damaged at byte %d, and that is taken for a power cut: %+v", seed, left+1, at, f)
			case said:
				proven++
			case what == "" && !wipe:
				unseen++
			case !wipe:
				open++
			}
		}
	}
	if proven < 300 || unseen*5 > open {
		t.Errorf("proven %d; of what no commit says, %d were found and %d not", proven, open, unseen)
	}
	t.Logf("proven by later commits %d; bits of what none says: %d found, %d taken for torn", proven, open, unseen)
}

// TestCutTwice: what a power cut has torn is cut off when the store is opened, and durably, so that
// it is not there again in front of other commits with the same numbers.
func TestCutTwice(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 3))
		key := keyOf(seed)
		w, dir := writeLog(t, r, key, tablesOf(seed))
		image := w.cut(r, len(w.ends)-1)
		whole := w.readable(image)
		after := t.TempDir()
		if err := os.CopyFS(after, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(logPath(after, 1), append(image, make([]byte, 1<<20)...), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Inspect(after, key); err != nil {
			t.Fatal(err)
		}
		if err := settleLogs(after, key); err != nil {
			t.Fatal(err)
		}
		l, err := openLog(after, 1, w.keys)
		if err != nil {
			t.Fatal(err)
		}
		if whole > 0 && l.file(1).broken {
			t.Errorf("seed %d: what was torn is still there", seed)
		}
		s, err := Open(after, Options{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprint(whole - 1)
		err = s.View(func(r storage.Reader) error {
			got, err := r.Get([]byte("n"))
			if whole == 0 && errors.Is(err, storage.ErrNotFound) {
				return nil
			}
			if string(got) != want {
				t.Errorf("seed %d: the last commit is %s, want %s", seed, got, want)
			}
			return err
		})
		if err == nil {
			err = s.Update(func(tx storage.Tx) error { return tx.Set([]byte("n"), []byte("again")) })
		}
		if last := s.idle.versions.last.Load(); numberOf(last) != w.tables+uint64(whole)+1 || syncedBefore(last) != w.tables+uint64(whole) {
			t.Errorf("seed %d: commit %d says that %d were on disk, want %d and %d", seed, numberOf(last), syncedBefore(last), w.tables+uint64(whole)+1, w.tables+uint64(whole))
		}
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLogsOfOneStore does to two logs what happens to them between two starts.
func TestLogsOfOneStore(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	w, dir := writeLog(t, r, nil, 0)
	last := len(w.ends)
	first, end := w.data, w.ends[last-1]
	// A second one, as the store would have gone on.
	second := append(bytes.Clone(first[:logHeader]), make([]byte, 1<<16+logEntry)...)
	after := t.TempDir()
	if err := os.WriteFile(logPath(after, 1), first[:w.ends[last/2]], 0o600); err != nil {
		t.Fatal(err)
	}
	prepared := bytes.Clone(second)
	copy(second[logHeader:], first[w.ends[last/2]:end])
	torn := append(bytes.Clone(first[:logHeader]), make([]byte, 1<<16+logEntry)...)
	copy(torn[logHeader:], first[w.ends[last/2]:w.ends[last/2+1]-3])
	for _, c := range []struct {
		name          string
		first, second []byte
		damaged       bool
	}{
		{"as it was", first, nil, false},
		{"the next is prepared", first, prepared, false},
		{"two", first[:w.ends[last/2]], second, false},
		{"a commit is missing between them", first[:w.ends[last/2-1]], second, true},
		{"two, of the second a part is on disk", first[:w.ends[last/2]], torn, false},
		{"a commit is missing in front of that", first[:w.ends[last/2-1]], torn, true},
		{"the first is cut", first[:w.ends[last/2]-3], second, true},
		{"the first is cut, the next is prepared", first[:end-3], prepared, true},
		{"the only one is cut", first[:end-3], nil, true},
		{"the end is not on disk", append(first[:end-3:end-3], make([]byte, logEntry)...), nil, false},
		{"the end is not on disk, and there is another one", append(first[:end-3:end-3], make([]byte, logEntry)...), prepared, true},
		{"nothing is left", first[:7], nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := t.TempDir()
			if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			for n, data := range [][]byte{c.first, c.second} {
				if data == nil {
					continue
				}
				if err := os.WriteFile(filepath.Join(at, logName(n+1)), data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var damage *DamageError
			if err := Inspect(at, nil); errors.As(err, &damage) != c.damaged || err != nil && damage == nil {
				t.Errorf("damaged %v: %v", c.damaged, err)
			}
		})
	}
}
