package badger

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

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
			if err := letGo(s.space.dir); err != nil {
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
	wide(t, "addresses for files")
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
	if err := letGo(s.space.dir); err != nil {
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
		s.space.resident.limit, s.space.resident.left = 1, -1<<40 // there is more
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
		case err != nil || first.commits == 0:
			t.Fatalf("after %d commits: %v", first.commits, err)
		case trimmer.written != first:
			continue // a compaction in between
		case after < before-4<<20:
			t.Errorf("%d bytes before, %d after, and nothing was written", before, after)
		}
		return
	}
}

func TestMapped(t *testing.T) {
	a := &addresses{from: 0x1000, to: 0x9000}
	const below = "0400-1000 rw-p 00000000 00:00 0 [heap]\n"
	const above = "9000-a000 rw-p 00000000 00:00 0 \n2-1 not read\n"
	for _, c := range []struct {
		maps string
		want []mapping
		err  error
	}{
		{below + "2000-3000 rw-s 00000000 fe:00 12345      /a b/000007.sst\n" + above, []mapping{{0x2000, 0x3000, true, "/a b/000007.sst"}}, nil},
		{below + "1000-3000 rw-s 0 fe:00 1 /a b/1.sst\n3000-9000 rw-s 0 fe:00 1 /a b/2.sst (deleted)\n" + above, []mapping{{0x1000, 0x3000, true, "/a b/1.sst"}, {0x3000, 0x9000, true, "/a b/2.sst (deleted)"}}, nil},
		{"2000-3000 rw-s 0 fe:00 1 /a/1.sst\n3000-4000 rw-s 0 fe:00 1 /a b/c/1.sst\n", nil, nil}, // of others
		{below + "2000-3000 rw-p 0 fe:00 1 /a b/1.sst\n", nil, errStranger},
		{below + "2000-3000 rw-s 0 fe:00 1 /a b/1.sst\n4000-5000 rw-p 0 0:0 0 \n", nil, errStranger},
		{"0400-2000 rw-p 00000000 00:00 0 [heap]\n", nil, errStranger},
		{"0400-2000 rw-s 0 fe:00 1 /a b/1.sst\n", nil, errStranger},
		{"8000-a000 rw-s 0 fe:00 1 /a b/1.sst\n", nil, errStranger},
	} {
		if got, err := a.mapped(strings.NewReader(c.maps), "/a b"); !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
			t.Errorf("%q: %+v, %v", c.maps, got, err)
		}
	}
	for _, bad := range []string{"2-1 rw-s 0 0:0 1 /x", "x-1 rw-s 0 0:0 1 /x", "1-2 rw-s", "1-2 rws 0 0:0 1 /x", "/x"} {
		if got, err := a.mapped(strings.NewReader(bad), "/"); err == nil || errors.Is(err, errStranger) {
			t.Errorf("%q: %+v, %v", bad, got, err)
		}
	}
}

// TestOthersAreLeftAlone maps memory outside of the addresses, and a private file
// of the store's directory, of which changes are in memory alone; then a
// stranger in the midst of them. None is touched.
func TestOthersAreLeftAlone(t *testing.T) {
	wide(t, "addresses for files")
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	private, err := os.Create(filepath.Join(dir, "private"))
	if err != nil {
		t.Fatal(err)
	}
	defer private.Close()
	const size = 1 << 20
	if err := private.Truncate(size); err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("content "), size/8)
	mapped := func(at uintptr, flags, fd int) []byte {
		p, err := unix.MmapPtr(fd, 0, unsafe.Add(unsafe.Pointer(nil), at), size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|flags)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unix.MunmapPtr(p, size) })
		b := unsafe.Slice((*byte)(p), size)
		copy(b, want)
		return b
	}
	anonymous, changed := mapped(0, unix.MAP_ANON, -1), mapped(0, 0, int(private.Fd()))
	writeRound(t, s, 1000, 0)
	if err := letGo(s.space.dir); err != nil || !bytes.Equal(anonymous, want) || !bytes.Equal(changed, want) {
		t.Fatalf("%v, or memory that is not ours was let go of", err)
	}
	for _, stranger := range [][]byte{mapped(own.take(size), unix.MAP_ANON, -1), mapped(own.take(size), 0, int(private.Fd()))} {
		if !own.has(uintptr(unsafe.Pointer(&stranger[0]))) {
			t.Fatal("not where it was asked for")
		}
		if err := letGo(s.space.dir); !errors.Is(err, errStranger) || !bytes.Equal(stranger, want) {
			t.Errorf("%v, or memory that is not ours was let go of", err)
		}
	}
}

// TestMappedThere: what Badger maps is at our addresses, and what unix.Mmap notes
// of it is not kept.
func TestMappedThere(t *testing.T) {
	wide(t, "addresses for files")
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for round := 0; s.space.tables.Load() < 20; round++ {
		writeRound(t, s, 20_000, round)
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	there := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m, err := parseMapping(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Dir(m.file) != s.space.dir {
			continue
		}
		if there++; !own.has(m.from) || !own.has(m.to-1) || !m.shared {
			t.Errorf("%s is mapped at %x", m.file, m.from)
		}
	}
	if there < 5 {
		t.Errorf("%d files are mapped", there)
	}
	mapper.Lock()
	defer mapper.Unlock()
	noted := 0
	for last := range mapper.active {
		if own.has(uintptr(unsafe.Pointer(last))) {
			noted++
		}
	}
	if noted > 10 {
		t.Errorf("%d mappings are noted", noted)
	}
}
