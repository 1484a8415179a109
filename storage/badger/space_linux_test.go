package badger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/crdtstore/crdtstore/internal/patience"
	"github.com/crdtstore/crdtstore/storage"
)

// smallDisk is a file system of its own with so many MiB.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
		t.Skipf("mount needs root: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill takes what is left of a disk.
func fill(t *testing.T, dir string) {
	t.Helper()
	for {
		var st unix.Statfs_t
		if err := unix.Statfs(dir, &st); err != nil {
			t.Fatal(err)
		}
		if st.Bavail == 0 {
			return
		}
		name := filepath.Join(dir, fmt.Sprintf("neighbour%d", time.Now().UnixNano()))
		err := reserveFile(name, os.O_CREATE|os.O_RDWR, 0, int64(st.Bavail)*int64(st.Bsize), false)
		if err != nil && !errors.Is(err, unix.ENOSPC) { // the store takes some, too
			t.Fatal(err)
		}
	}
}

func empty(t *testing.T, dir string) {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, "neighbour*"))
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func blocksOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return allocated(info)
}

// TestReserve checks that what Badger maps has blocks before it is written: this
// rests on a variable of golang.org/x/sys.
func TestReserve(t *testing.T) {
	wide(t, "memtables of 16 MiB")
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.space.disabled {
		t.Skip("this file system cannot reserve blocks")
	}
	path, err := s.logs.newest()
	if err != nil {
		t.Fatal(err)
	}
	if got := blocksOf(t, path); got < 20<<20 {
		t.Errorf("%s has %d bytes of blocks, want at least 20 MiB", path, got)
	}
	put(t, s, 0)
	if got := blocksOf(t, filepath.Join(s.dir, s.space.next)); got < 4<<20 {
		t.Errorf("the log behind it has %d bytes of blocks, want at least 4 MiB", got)
	}
	if got := blocksOf(t, filepath.Join(s.dir, "MANIFEST")); got < manifestAhead {
		t.Errorf("the manifest has %d bytes of blocks", got)
	}
}

func value(i int) []byte {
	v := make([]byte, 20_000)
	binary.BigEndian.PutUint64(v, uint64(i))
	return v
}

func put(t *testing.T, s *Store, i int) {
	t.Helper()
	if err := tryPut(s, i); err != nil {
		t.Fatal(err)
	}
}

func tryPut(s *Store, i int) error {
	return s.Update(func(tx storage.Tx) error { return tx.Set(fmt.Appendf(nil, "k%06d", i), value(i)) })
}

func holds(t *testing.T, s *Store, n int) {
	t.Helper()
	err := s.View(func(r storage.Reader) error {
		for i := range n {
			v, err := r.Get(fmt.Appendf(nil, "k%06d", i))
			if err != nil {
				return fmt.Errorf("k%06d of %d: %w", i, n, err)
			}
			if binary.BigEndian.Uint64(v) != uint64(i) {
				return fmt.Errorf("k%06d is another one", i)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk fills a disk to the last block beside a store that writes, again and
// again, stops it, opens it on the full disk, and lets it go on when there is room.
func TestFullDisk(t *testing.T) {
	disk := smallDisk(t, 256)
	dir := filepath.Join(disk, "store")
	o := Options{Spare: func() bool { return os.Remove(filepath.Join(disk, "ballast")) == nil }}
	ballast := func() {
		if err := reserveFile(filepath.Join(disk, "ballast"), os.O_CREATE|os.O_RDWR, 0, 8<<20, false); err != nil {
			t.Fatal(err)
		}
	}
	ballast()
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for round := range 4 {
		for range 90 + 37*round {
			put(t, s, n)
			n++
		}
		fill(t, disk)
		refused := false
		for range 5000 { // 100 MB
			if err := tryPut(s, n); errors.Is(err, storage.ErrSpace) {
				refused = true
				break
			} else if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if !refused {
			t.Fatal("100 MB were written on a full disk")
		}
		if err := s.Sync(); err != nil {
			t.Fatal(err)
		}
		holds(t, s, n)
		if round%2 == 1 {
			begun := time.Now()
			if err := s.Close(); err != nil && !errors.Is(err, storage.ErrSpace) {
				t.Fatal(err)
			} else if err != nil { // its goroutines end with the process: here, when there is room
				t.Logf("round %d: %v after %v", round, err, time.Since(begun))
				empty(t, disk)
				<-s.ended
			} else {
				empty(t, disk)
			}
			ballast()
			fill(t, disk)
			if s, err = Open(dir, o); err != nil {
				t.Fatal(err)
			}
			holds(t, s, n)
		}
		empty(t, disk)
		deadline := patience.Of(t).Done()
		for tick := time.NewTicker(50 * time.Millisecond); errors.Is(s.Room(), storage.ErrSpace); {
			select {
			case <-tick.C:
			case <-deadline:
				t.Fatal("no writes though there is room")
			}
		}
		ballast()
	}
	holds(t, s, n)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
