package storagetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

func testReadOwnWrites(t *testing.T, s storage.Store) {
	put(t, s, "a", "1", "b", "2", "c", "3")
	update(t, s, func(tx storage.Tx) error {
		for _, step := range []error{
			tx.Set([]byte("b"), []byte("22")),
			tx.Set([]byte("d"), nil),
			tx.Delete([]byte("a")),
			tx.Delete([]byte("d")),
			tx.Set([]byte("d"), []byte("4")),
			tx.Set([]byte("0"), []byte("0")),
			tx.Delete([]byte("0")),
		} {
			if step != nil {
				return step
			}
		}
		wantValue(t, tx, "a", nil)
		wantValue(t, tx, "b", []byte("22"))
		wantValue(t, tx, "c", []byte("3"))
		wantValue(t, tx, "0", nil)
		wantList(t, tx, storage.ScanOptions{}, "b=22", "c=3", "d=4")
		wantList(t, tx, storage.ScanOptions{Reverse: true}, "d=4", "c=3", "b=22")
		wantList(t, tx, storage.ScanOptions{Start: []byte("b\x00"), KeysOnly: true}, "c", "d")
		return nil
	})
	view(t, s, func(r storage.Reader) {
		wantList(t, r, storage.ScanOptions{}, "b=22", "c=3", "d=4")
	})
}

// testScanInTx modifies the transaction inside a loop, which must not see it.
func testScanInTx(t *testing.T, s storage.Store) {
	put(t, s, "a", "1", "b", "2", "c", "3")
	for _, reverse := range []bool{false, true} {
		update(t, s, func(tx storage.Tx) error {
			seen := 0
			for item, err := range tx.Scan(storage.ScanOptions{Reverse: reverse}) {
				if err != nil {
					return err
				}
				seen++
				key := strings.Clone(string(item.Key))
				if err := tx.Delete([]byte(key)); err != nil {
					return err
				}
				if err := tx.Set([]byte(key+"x"), []byte(key)); err != nil {
					return err
				}
			}
			if seen != 3 {
				t.Errorf("the loop saw %d items, want 3", seen)
			}
			return nil
		})
	}
	view(t, s, func(r storage.Reader) {
		wantList(t, r, storage.ScanOptions{}, "axx=ax", "bxx=bx", "cxx=cx")
	})
}

func testRollback(t *testing.T, s storage.Store) {
	put(t, s, "a", "1")
	stop := errors.New("stop")
	err := s.Update(func(tx storage.Tx) error {
		if err := errors.Join(tx.Set([]byte("a"), []byte("2")), tx.Set([]byte("b"), nil)); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("Update = %v, want the error of its function", err)
	}
	err = s.View(func(r storage.Reader) error {
		wantList(t, r, storage.ScanOptions{}, "a=1")
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("View = %v, want the error of its function", err)
	}
	update(t, s, func(storage.Tx) error { return nil })
	put(t, s, "c", "3")
	view(t, s, func(r storage.Reader) { wantList(t, r, storage.ScanOptions{}, "a=1", "c=3") })
}

func testRollbackOnPanic(t *testing.T, s storage.Store) {
	func() {
		defer func() {
			if recover() != "stop" {
				t.Error("Update swallowed the panic of its function")
			}
		}()
		_ = s.Update(func(tx storage.Tx) error {
			if err := tx.Set([]byte("a"), nil); err != nil {
				return err
			}
			panic("stop")
		})
	}()
	put(t, s, "b", "2")
	view(t, s, func(r storage.Reader) { wantList(t, r, storage.ScanOptions{}, "b=2") })
}

func testKeys(t *testing.T, s storage.Store) {
	long := strings.Repeat("k", storage.MaxKeySize)
	put(t, s, long, "1")
	view(t, s, func(r storage.Reader) { wantValue(t, r, long, []byte("1")) })
	for _, key := range []string{"", long + "k", "!", "!badger!", "!tail/a"} {
		err := s.Update(func(tx storage.Tx) error {
			if err := tx.Delete([]byte(key)); !errors.Is(err, storage.ErrKey) {
				return fmt.Errorf("Delete = %v, want ErrKey", err)
			}
			if err := tx.Set([]byte(key), nil); !errors.Is(err, storage.ErrKey) {
				return fmt.Errorf("Set = %v, want ErrKey", err)
			}
			return nil
		})
		if err != nil {
			t.Errorf("key %.16q: %v", key, err)
		}
		view(t, s, func(r storage.Reader) { wantValue(t, r, key, nil) })
	}
}
