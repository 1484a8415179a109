package badger

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

func trimKey(i int) []byte { return binary.BigEndian.AppendUint32([]byte("k"), uint32(i)) }

// trimValue is 1,000 bytes that tell i and round.
func trimValue(i, round int) []byte {
	v := make([]byte, 1000)
	r := rand.New(rand.NewPCG(uint64(i), uint64(round)))
	for j := range v {
		v[j] = byte(r.Uint32())
	}
	return v
}

// TestShed lets go of all tables again and again while they are written, read
// and compacted: nothing that was committed reads as anything else.
func TestShed(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const keys, rounds = 20_000, 4 // 80 MB, five memtables
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.trimmer.shed(); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for round := range rounds {
		writeRound(t, s, keys, round)
		if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, round) }); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	wait.Wait()
}

func writeRound(t *testing.T, s *Store, keys, round int) {
	t.Helper()
	const batch = 500
	for from := 0; from < keys; from += batch {
		err := s.Update(func(tx storage.Tx) error {
			for i := from; i < from+batch; i++ {
				if err := tx.Set(trimKey(i), trimValue(i, round)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func wantRound(t *testing.T, r storage.Reader, keys, round int) error {
	i := 0
	for item, err := range r.Scan(storage.ScanOptions{}) {
		if err != nil {
			return err
		}
		if !bytes.Equal(item.Key, trimKey(i)) || !bytes.Equal(item.Value, trimValue(i, round)) {
			t.Fatalf("round %d, item %d: another one", round, i)
		}
		i++
	}
	if i != keys {
		t.Fatalf("round %d: %d of %d", round, i, keys)
	}
	return nil
}

// TestShedLetsGo: pages of tables that were read are memory of this process
// until they are let go of.
func TestShedLetsGo(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	const keys = 30_000
	writeRound(t, s, keys, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
		t.Fatal(err)
	}
	before, err := residentFiles()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.trimmer.shed(); err != nil {
		t.Fatal(err)
	}
	after, err := residentFiles()
	if err != nil || before-after < 20_000_000 {
		t.Errorf("%d bytes before, %d after: %v", before, after, err)
	}
	if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
		t.Fatal(err)
	}
}

// TestTrimAfterWriting: pages that reading brings back are not let go of again
// until something was written.
func TestTrimAfterWriting(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.trimmer.close() // its loop: trim is called here
	trimmer := s.trimmer
	s.trimmer = nil
	const keys = 30_000
	writeRound(t, s, keys, 0)
	trim := func() {
		t.Helper()
		trimmer.limit, trimmer.left = 0, -trimStep // more than the limit
		if err := trimmer.trim(); err != nil {
			t.Fatal(err)
		}
	}
	for {
		trim()
		first := trimmer.written
		if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
			t.Fatal(err)
		}
		before, err := residentFiles()
		if err != nil {
			t.Fatal(err)
		}
		trim()
		after, err := residentFiles()
		switch {
		case err != nil || first.commits != keys/500:
			t.Fatalf("after %d commits: %v", first.commits, err)
		case trimmer.written != first:
			continue // a compaction in between
		case after < before-4<<20:
			t.Errorf("%d bytes before, %d after, and nothing was written", before, after)
		}
		return
	}
}

func TestParseMapping(t *testing.T) {
	for _, c := range []struct {
		line string
		want mapping
		ok   bool
	}{
		{"7f0c5e600000-7f0c5e9d5000 rw-s 00000000 fe:00 12345                      /a b/000007.sst", mapping{0x7f0c5e600000, 0x7f0c5e9d5000, true, "/a b/000007.sst"}, true},
		{"7f0c5e600000-7f0c5e9d5000 r--p 00000000 fe:00 12345 /bin/x", mapping{0x7f0c5e600000, 0x7f0c5e9d5000, false, "/bin/x"}, true},
		{"7f0c5e600000-7f0c5e9d5000 rw-s 00000000 fe:00 12345 /d/000007.sst (deleted)", mapping{0x7f0c5e600000, 0x7f0c5e9d5000, true, "/d/000007.sst (deleted)"}, true},
		{"c000000000-c004000000 rw-p 00000000 00:00 0 ", mapping{}, false},
		{"7ffd1c5f5000-7ffd1c616000 rw-p 00000000 00:00 0 [stack]", mapping{}, false},
		{"2-1 rw-s 0 0:0 1 /x", mapping{}, false},
		{"x-1 rw-s 0 0:0 1 /x", mapping{}, false},
		{"/x", mapping{}, false},
	} {
		if m, ok := parseMapping(c.line); m != c.want || ok != c.ok {
			t.Errorf("%q: %+v %t", c.line, m, ok)
		}
	}
}
