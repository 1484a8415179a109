package badger

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestRotation writes several logs full and checks that each is announced
// before the next one exists: this rests on the text of a message of Badger.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	newest := func() string {
		path, err := s.logs.newest()
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	value := make([]byte, 100_000)
	rotations := 0
	for i := range uint32(600) { // 60 MB are at least three logs of 16 MiB
		before := newest()
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		err := s.Update(func(tx storage.Tx) error {
			return tx.Set(binary.BigEndian.AppendUint32([]byte{1}, i), value)
		})
		if err != nil {
			t.Fatal(err)
		}
		if f := s.logs.active; runtime.GOOS == "linux" && f.Name() != before {
			t.Fatalf("write %d: synced %s instead of %s", i, f.Name(), before)
		}
		rotated := newest() != before
		if rotated {
			rotations++
		}
		if s.logs.newLog != rotated {
			t.Fatalf("write %d: %s, then %s, but announced: %v", i, before, newest(), s.logs.newLog)
		}
	}
	if rotations < 3 {
		t.Errorf("%d logs became full, want at least 3", rotations)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSyncFailure checks that a store which could not sync refuses to go on.
func TestSyncFailure(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("disk on fire")
	s.logs.failed = broken
	update := s.Update(func(tx storage.Tx) error { return tx.Set([]byte("a"), nil) })
	for what, err := range map[string]error{"Sync": s.Sync(), "Update": update, "Close": s.Close()} {
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "needs a restart") {
			t.Errorf("%s = %v, want the failure of the sync", what, err)
		}
	}
}

// TestValueLogStaysEmpty stores the longest values there are.
func TestValueLogStaysEmpty(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		err := s.Update(func(tx storage.Tx) error {
			return tx.Set([]byte{1, byte(i)}, make([]byte, storage.MaxValueSize-i))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	logs, err := filepath.Glob(filepath.Join(s.dir, "*.vlog"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		info, err := os.Stat(log)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > 4096 {
			t.Errorf("%s has %d bytes", log, info.Size())
		}
	}
}

// TestTailIsDropped checks that replacing a long value leaves nothing behind.
func TestTailIsDropped(t *testing.T) {
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	long, longer := make([]byte, maxHead+1), make([]byte, storage.MaxValueSize)
	for _, step := range []struct {
		do   func(storage.Tx) error
		want bool
	}{
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), []byte("1")) }, false},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), long) }, true},
		{func(tx storage.Tx) error { return tx.Set([]byte("b"), []byte("1")) }, true},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), []byte("1")) }, false},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), long) }, true},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), longer) }, true},
		{func(tx storage.Tx) error { return tx.Delete([]byte("a")) }, false},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), longer) }, true},
		{func(tx storage.Tx) error { return tx.Set([]byte("a"), long[1:]) }, false},
	} {
		if err := s.Update(step.do); err != nil {
			t.Fatal(err)
		}
		if got := s.hasTails(); got != step.want {
			t.Errorf("a tail is there: %v, want %v", got, step.want)
		}
	}
}

// TestSyncBesideRotation syncs between the announcement that a log is full and
// the creation of the next one, which the sync after it must not miss.
func TestSyncBesideRotation(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("Badger syncs its active log itself")
	}
	dir := t.TempDir()
	first, second := filepath.Join(dir, "00001.mem"), filepath.Join(dir, "00002.mem")
	create := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte{0}, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	create(first)
	l := newLogs(dir)
	wantSync := func(path string) {
		t.Helper()
		if err := l.sync(nil); err != nil || l.active.Name() != path {
			t.Fatalf("sync = %v of %s, want %s", err, l.active.Name(), path)
		}
	}
	wantSync(first)
	l.rotate()
	wantSync(first) // all that is committed is there
	create(second)
	wantSync(second)
	wantSync(second)
	if l.newLog {
		t.Error("every sync looks for a new log")
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
}
