package badger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestVersions begins and ends readers at random, and holds what may be dropped
// against a list of all that are open: never beyond the oldest of them, and all
// that was replaced before it.
func TestVersions(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var v versions
		var dropped uint64
		v.init(7, func(until uint64) {
			if until < dropped {
				t.Errorf("seed %d: dropped until %d, then until %d", seed, dropped, until)
			}
			dropped = until
		})
		var open []uint64
		for range 200 {
			switch k := rnd.IntN(3); {
			case k == 0:
				v.committed(v.next())
			case k == 1:
				open = append(open, v.begin())
			case len(open) > 0:
				i := rnd.IntN(len(open))
				v.end(open[i])
				open = slices.Delete(open, i, i+1)
			}
			want := v.last.Load()
			if len(open) > 0 {
				want = slices.Min(open)
			}
			if dropped != want {
				t.Fatalf("seed %d: %d may be dropped, %v are read, the last is %d", seed, dropped, open, v.last.Load())
			}
		}
	}
}

// round replaces all of some keys.
func round(tb testing.TB, s *Store, n int) {
	tb.Helper()
	err := s.Update(func(tx storage.Tx) error {
		for k := range 500 {
			if err := tx.Set(fmt.Appendf(nil, "k%d", k), fmt.Appendf(nil, "%d %1000d", n, k)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestSnapshotOutlivesCompaction reads from a snapshot what was replaced, and
// compacted, many times since.
func TestSnapshotOutlivesCompaction(t *testing.T) {
	s, err := Open("", Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	round(t, s, 0)
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	for n := range 150 { // 75 MB: through several memtables
		round(t, s, 1+n)
	}
	if err := s.db.Flatten(2); err != nil {
		t.Fatal(err)
	}
	for k := range 500 {
		value, err := snap.Get(fmt.Appendf(nil, "k%d", k))
		if want := fmt.Sprintf("0 %1000d", k); string(value) != want || err != nil {
			t.Fatalf("key %d: %.20q, %v", k, value, err)
		}
	}
	for range 2 {
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCountsOn: a store that was opened again goes on where it was, and shows
// what was written last.
func TestCountsOn(t *testing.T) {
	dir := t.TempDir()
	for n := range 3 {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if last := numberOf(s.idle.versions.last.Load()); last < uint64(3*n) {
			t.Errorf("opened at %d after %d commits", last, 3*n)
		}
		for k := range 3 {
			round(t, s, 3*n+k)
		}
		err = s.View(func(r storage.Reader) error {
			value, err := r.Get([]byte("k0"))
			if want := fmt.Sprintf("%d %1000d", 3*n+2, 0); string(value) != want {
				t.Errorf("%.20q, want %.20q", value, want)
			}
			return err
		})
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestReplacedIsDropped: what was replaced is kept as long as a reader may read it,
// and then dropped by compaction, however often a key is written.
func TestReplacedIsDropped(t *testing.T) {
	s, err := Open("", Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 150 { // 75 MB of which 0.5 are left
		snap, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		round(t, s, n)
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.Flatten(2); err != nil {
		t.Fatal(err)
	}
	entries, versions := uint32(0), s.idle.versions.last.Load()
	for _, info := range s.db.Tables() {
		entries += info.KeyCount
	}
	if entries > 1_000 {
		t.Errorf("%d entries for 500 keys after %d commits", entries, versions)
	}
}

// TestCountsOnAfterAKill opens copies of a store that is in use: each goes on
// behind everything that it shows.
func TestCountsOnAfterAKill(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 60 { // 30 MB: through two memtables
		round(t, s, n)
		if n%20 != 7 {
			continue
		}
		killed := CopyAtOnce(t, dir)
		c, err := Open(killed, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for again := range 2 {
			want := fmt.Sprintf("%d %1000d", n+again, 0)
			err := c.View(func(r storage.Reader) error {
				value, err := r.Get([]byte("k0"))
				if string(value) != want {
					t.Errorf("%.20q, want %.20q", value, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			round(t, c, n+again+1)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
