package storagetest

import (
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

func testGet(t *testing.T, s storage.Store) {
	view(t, s, func(r storage.Reader) { wantValue(t, r, "a", nil) })
	put(t, s, "a", "1", "b", "", "\x00", "zero", "\xff\xff", "high")
	view(t, s, func(r storage.Reader) {
		wantValue(t, r, "a", []byte("1"))
		wantValue(t, r, "b", []byte{})
		wantValue(t, r, "\x00", []byte("zero"))
		wantValue(t, r, "\xff\xff", []byte("high"))
		wantValue(t, r, "c", nil)
		wantValue(t, r, "", nil)
		wantValue(t, r, "aa", nil)
		if v, err := r.Get([]byte("b")); v == nil || err != nil {
			t.Errorf("Get of an empty value = %v, %v; want an empty slice", v, err)
		}
	})
	update(t, s, func(tx storage.Tx) error {
		if err := tx.Delete([]byte("missing")); err != nil {
			return err
		}
		return tx.Delete([]byte("a"))
	})
	put(t, s, "b", "2")
	view(t, s, func(r storage.Reader) {
		wantValue(t, r, "a", nil)
		wantValue(t, r, "b", []byte("2"))
	})
}

// testKeptValue holds values beyond the View and the Snapshot that they are
// from, while others are written and read.
func testKeptValue(t *testing.T, s storage.Store) {
	long := strings.Repeat("long", storage.MaxValueSize/4)
	put(t, s, "short", "old")
	put(t, s, "long", long)
	var kept [][]byte
	keep := func(r storage.Reader) {
		for _, key := range []string{"short", "long"} {
			v, err := r.Get([]byte(key))
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, v)
		}
	}
	view(t, s, keep)
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	keep(snap)
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, s, "short", "new")
	put(t, s, "long", strings.Repeat("else", storage.MaxValueSize/4))
	view(t, s, func(r storage.Reader) {
		wantValue(t, r, "short", []byte("new"))
		if v, err := r.Get([]byte("long")); err != nil || len(v) != len(long) {
			t.Error(len(v), err)
		}
	})
	for i, v := range kept {
		if want := []string{"old", long}[i%2]; string(v) != want {
			t.Errorf("value %d of %d bytes is no longer what was read", i, len(v))
		}
	}
}

func testScan(t *testing.T, s storage.Store) {
	view(t, s, func(r storage.Reader) { wantList(t, r, storage.ScanOptions{}) })
	put(t, s, "b", "2", "a", "1", "ba", "3", "c", "4", "\xff", "5")
	view(t, s, func(r storage.Reader) {
		all := []string{"a=1", "b=2", "ba=3", "c=4", "\xff=5"}
		back := []string{"\xff=5", "c=4", "ba=3", "b=2", "a=1"}
		wantList(t, r, storage.ScanOptions{}, all...)
		wantList(t, r, storage.ScanOptions{Reverse: true}, back...)
		wantList(t, r, storage.ScanOptions{KeysOnly: true}, "a", "b", "ba", "c", "\xff")
		wantList(t, r, storage.ScanOptions{KeysOnly: true, Reverse: true}, "\xff", "c", "ba", "b", "a")
		between := func(start, end string, reverse bool) storage.ScanOptions {
			return storage.ScanOptions{Start: []byte(start), End: []byte(end), Reverse: reverse}
		}
		wantList(t, r, between("b", "c", false), "b=2", "ba=3")
		wantList(t, r, between("b", "c", true), "ba=3", "b=2")
		wantList(t, r, between("b\x00", "\xff", false), "ba=3", "c=4")
		wantList(t, r, between("b\x00", "bb", true), "ba=3")
		wantList(t, r, between("c", "c", false))
		wantList(t, r, between("d", "c", false))
		wantList(t, r, between("d", "c", true))
		wantList(t, r, between("", "", false)) // an End that is not nil
		wantList(t, r, between("", "", true))
		wantList(t, r, storage.ScanOptions{Start: []byte("ba")}, "ba=3", "c=4", "\xff=5")
		wantList(t, r, storage.ScanOptions{Start: []byte("ba"), Reverse: true}, "\xff=5", "c=4", "ba=3")
		testNestedScans(t, r)
	})
}

// testNestedScans breaks out of one scan inside another.
func testNestedScans(t *testing.T, r storage.Reader) {
	got := ""
	for outer, err := range r.Scan(storage.ScanOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		got += string(outer.Key) + ":"
		for inner, err := range r.Scan(storage.ScanOptions{Reverse: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if string(inner.Key) <= string(outer.Key) {
				break
			}
			got += string(inner.Value)
		}
	}
	if want := "a:5432b:543ba:54c:5\xff:"; got != want {
		t.Errorf("nested scans saw %q, want %q", got, want)
	}
}

func testClosedSnapshot(t *testing.T, s storage.Store) {
	put(t, s, "a", "1", "b", "2")
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for item, err := range snap.Scan(storage.ScanOptions{}) {
		if err != nil {
			got = append(got, err.Error())
			continue
		}
		got = append(got, string(item.Key))
		if err := snap.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if len(got) != 2 || got[0] != "a" || got[1] != storage.ErrClosed.Error() {
		t.Errorf("a scan whose snapshot is closed yields %q", got)
	}
	if _, err := snap.Get([]byte("a")); err == nil {
		t.Error("Get on a closed snapshot succeeds")
	}
	wantList(t, snap, storage.ScanOptions{}, "error: "+storage.ErrClosed.Error())
	if err := snap.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
