package badger

import (
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

// untilTabled waits until what was full is a table.
func untilTabled(t *testing.T, s *Store) {
	t.Helper()
	late := time.After(time.Minute)
	for s.logs.queued() {
		select {
		case <-late:
			t.Fatal("what was full is no table after a minute")
		case <-time.After(time.Millisecond):
		}
	}
}

// TestFlush: what a memtable holds is in a table afterwards, and reads as before, also after the next
// opening; with less in it than is asked for, and on a disk that is nearly full, nothing is done.
func TestFlush(t *testing.T) {
	s, m := untrimmed(t)
	const keys = 1500
	writeRound(t, s, keys, 0)
	check := func(s *Store) {
		t.Helper()
		if err := s.View(func(r storage.Reader) error { return wantRound(t, r, keys, 0) }); err != nil {
			t.Fatal(err)
		}
	}
	_, used := m.content(s.db)
	flush := func(from int) bool {
		t.Helper()
		began, err := s.flush(m, from)
		if err != nil {
			t.Fatal(err)
		}
		untilTabled(t, s)
		return began
	}
	if flush(used + 1) {
		t.Error("too little, and it became a table")
	}
	log := s.space.log
	s.space.log = 1 << 60
	if flush(0) {
		t.Error("a table was made on a disk without room for it")
	}
	s.space.log = log
	if n := s.space.tables.Load(); n != 0 {
		t.Fatalf("%d tables", n)
	}
	if !flush(used) || s.space.tables.Load() != 1 {
		t.Errorf("%d tables after a flush", s.space.tables.Load())
	}
	if _, left := m.content(s.db); left > 1000 {
		t.Errorf("the memtable holds %d bytes, %d before", left, used)
	}
	check(s)
	if flush(used) {
		t.Error("flushed again")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(s.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	check(again)
}

// TestFlushThenKilled opens copies of a store as it is at once after each flush: the table may be there or not.
func TestFlushThenKilled(t *testing.T) {
	s, m := untrimmed(t)
	const keys = 500
	for round := range 2 {
		writeRound(t, s, keys, round)
		if began, err := s.flush(m, 0); err != nil || !began {
			t.Fatalf("%t, %v", began, err)
		}
		killed, err := Open(CopyAtOnce(t, s.dir), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := killed.View(func(r storage.Reader) error { return wantRound(t, r, keys, round) }); err != nil {
			t.Fatal(err)
		}
		if err := killed.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFlushWhileWriting flushes again and again while a store is written and read.
func TestFlushWhileWriting(t *testing.T) {
	s, m := untrimmed(t)
	const keys, rounds = 2000, 4
	done := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := s.flush(m, 200_000); err != nil {
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
	if n := s.space.tables.Load(); n < rounds {
		t.Errorf("%d tables of %d MB", n, rounds*keys/1000)
	}
}
