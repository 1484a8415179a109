package badger

import (
	"errors"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/dgraph-io/ristretto/v2/z"
	"golang.org/x/sys/unix"

	"github.com/crdtstore/crdtstore/storage"
)

// untrimmed is a store that nobody trims, and where its memtable is blank.
func untrimmed(t *testing.T) (*Store, memtable) {
	t.Helper()
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	s.trimmer.close()
	s.trimmer = nil
	b, ok := memtableOf()
	if !ok {
		t.Fatal("another version of Badger: where is its memtable?")
	}
	return s, b
}

// inMemory is how many bytes of whole pages are memory of this process.
func inMemory(t *testing.T, b []byte) (bytes int) {
	t.Helper()
	pages := make([]byte, len(b)/unix.Getpagesize())
	if _, _, e := unix.Syscall(unix.SYS_MINCORE, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(unsafe.Pointer(unsafe.SliceData(pages)))); e != 0 {
		t.Fatal(e)
	}
	for _, p := range pages {
		bytes += int(p&1) * unix.Getpagesize()
	}
	return bytes
}

// TestBlankIsGivenBack: what the runtime has cleared of a memtable is memory until it is given
// back, and reads as zeros then; something that is written there, against what is
// known of Badger, stays as it is, and is an error.
func TestBlankIsGivenBack(t *testing.T) {
	s, b := untrimmed(t)
	writeRound(t, s, 1000, 0)
	rest := b.blank(s.db)
	if len(rest) < 16<<20 {
		t.Fatalf("%d bytes of the memtable are blank", len(rest))
	}
	for i := range rest {
		rest[i] = 1
	}
	clear(rest)
	if n := inMemory(t, rest); n != len(rest) {
		t.Fatalf("%d of %d bytes are in memory", n, len(rest))
	}
	if err := s.giveBlank(b); err != nil {
		t.Fatal(err)
	}
	if n := inMemory(t, rest); n != 0 {
		t.Errorf("%d bytes are in memory after they were given back", n)
	}
	if !zeros(rest) {
		t.Error("they do not read as zeros")
	}
	if err := s.View(func(r storage.Reader) error { return wantRound(t, r, 1000, 0) }); err != nil {
		t.Fatal(err)
	}
	rest[10<<20] = 7
	if err := s.giveBlank(b); !errors.Is(err, errWritten) || rest[10<<20] != 7 {
		t.Errorf("with something in it: %v, and it reads %d", err, rest[10<<20])
	}
	rest[10<<20] = 0
}

// TestBlankWhileWriting gives back what is blank again and again while memtables are filled,
// become full and are read: nothing that was committed reads as anything else.
func TestBlankWhileWriting(t *testing.T) {
	s, b := untrimmed(t)
	const keys, rounds = 10_000, 3 // 30 MB, two memtables
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if err := s.giveBlank(b); err != nil {
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

// TestRest: a store that was used and then left alone makes a table of its memtable, lets go of its files, of what is kept
// for tables it may build and of what is blank, and says so.
func TestRest(t *testing.T) {
	s, b := untrimmed(t)
	rested := make(chan struct{})
	trimmer := newTrimmer(s, func() { rested <- struct{}{} })
	trimmer.every, trimmer.flushFrom = time.Microsecond, 64<<10
	const keys = 20_000
	writeRound(t, s, keys, 0)
	if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
		t.Fatal(err)
	}
	clear(b.blank(s.db))
	kept := z.NewAllocator(narrowBuffer, "test") // which is used before it is let go of
	trimmer.spare.pool.Return(kept)
	before, err := residentFiles()
	if err != nil {
		t.Fatal(err)
	}
	go trimmer.loop()
	<-rested
	trimmer.close()
	for a := trimmer.spare.pool.Get(0, ""); a.Allocated() > made; a = trimmer.spare.pool.Get(0, "") {
		if a == kept {
			t.Error("memory is kept for tables")
		}
	}
	if n := inMemory(t, b.blank(s.db)); n != 0 {
		t.Errorf("%d bytes are in memory of what is blank", n)
	}
	if _, used := b.content(s.db); used > 1000 || s.logs.queued() {
		t.Errorf("%d bytes are in the memtable, or are not a table yet", used)
	}
	resident := &s.space.resident
	resident.mu.Lock() // a compaction may go on
	left := resident.left
	resident.mu.Unlock()
	if own.to != 0 && left > before-10_000_000 { // else nobody knows where the files are
		t.Errorf("%d bytes of files in memory, %d before it rested", left, before)
	}
	if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
		t.Fatal(err)
	}
}
