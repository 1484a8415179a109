package storagetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

func testIsolation(t *testing.T, s storage.Store) {
	put(t, s, "a", "1", "b", "2")
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	view(t, s, func(r storage.Reader) {
		update(t, s, func(tx storage.Tx) error {
			if err := errors.Join(tx.Set([]byte("a"), []byte("11")), tx.Delete([]byte("b")),
				tx.Set([]byte("c"), []byte("3"))); err != nil {
				return err
			}
			view(t, s, func(inner storage.Reader) { // the state before the transaction
				wantList(t, inner, storage.ScanOptions{}, "a=1", "b=2")
			})
			return nil
		})
		wantList(t, r, storage.ScanOptions{}, "a=1", "b=2")
		view(t, s, func(inner storage.Reader) {
			wantList(t, inner, storage.ScanOptions{}, "a=11", "c=3")
		})
	})
	wantList(t, snap, storage.ScanOptions{}, "a=1", "b=2")
	wantValue(t, snap, "b", []byte("2"))
	wantValue(t, snap, "c", nil)
}

// testConcurrent moves an amount between two keys from several goroutines,
// while others check that the sum never changes.
func testConcurrent(t *testing.T, s storage.Store) {
	put(t, s, "a", "1000", "b", "0")
	number := func(r storage.Reader, key string) int {
		v, err := r.Get([]byte(key))
		if err != nil {
			t.Errorf("Get(%q): %v", key, err)
		}
		n, _ := strconv.Atoi(string(v))
		return n
	}
	const writers, moves = 4, 50
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range moves {
				err := s.Update(func(tx storage.Tx) error {
					a, b := number(tx, "a"), number(tx, "b")
					return errors.Join(
						tx.Set([]byte("a"), []byte(strconv.Itoa(a-1))),
						tx.Set([]byte("b"), []byte(strconv.Itoa(b+1))))
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			}
		})
		wg.Go(func() {
			for range moves {
				err := s.View(func(r storage.Reader) error {
					if sum := number(r, "a") + number(r, "b"); sum != 1000 {
						t.Errorf("a reader sees half a transaction: sum %d", sum)
					}
					return nil
				})
				if err != nil {
					t.Errorf("View: %v", err)
				}
			}
		})
	}
	wg.Go(func() {
		for range moves {
			if err := s.Sync(); err != nil {
				t.Errorf("Sync: %v", err)
			}
		}
	})
	wg.Wait()
	view(t, s, func(r storage.Reader) {
		if b := number(r, "b"); b != writers*moves {
			t.Errorf("%d of %d moves are there", b, writers*moves)
		}
	})
}

func testClosed(t *testing.T, s storage.Store) {
	put(t, s, "a", "1")
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	nothing := func(storage.Reader) error { t.Error("called after Close"); return nil }
	_, errSnapshot := s.Snapshot()
	_, errSize := s.Size()
	_, errGet := snap.Get([]byte("a"))
	for what, err := range map[string]error{
		"View":         s.View(nothing),
		"Update":       s.Update(func(storage.Tx) error { return nothing(nil) }),
		"Sync":         s.Sync(),
		"Snapshot":     errSnapshot,
		"Size":         errSize,
		"Snapshot.Get": errGet,
	} {
		if !errors.Is(err, storage.ErrClosed) {
			t.Errorf("%s after Close = %v, want ErrClosed", what, err)
		}
	}
	wantList(t, snap, storage.ScanOptions{}, "error: "+storage.ErrClosed.Error())
	if err := snap.Close(); err != nil {
		t.Errorf("Snapshot.Close after Close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
