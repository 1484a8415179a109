package storagetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// testLargestTx commits what MinTxSize and MinTxKeys allow.
func testLargestTx(t *testing.T, s storage.Store) {
	update(t, s, func(tx storage.Tx) error { // many keys
		for i := range storage.MinTxKeys {
			if err := tx.Set(binary.BigEndian.AppendUint32(nil, uint32(i)|1<<31), nil); err != nil {
				return fmt.Errorf("key %d: %w", i, err)
			}
		}
		return nil
	})
	update(t, s, func(tx storage.Tx) error { // many bytes
		left := storage.MinTxSize
		for i := 0; left > 20; i++ {
			value := make([]byte, min(left-20, 100_000))
			left -= len(value) + 20
			if err := tx.Set(binary.BigEndian.AppendUint32(nil, uint32(i)|1<<31), value); err != nil {
				return fmt.Errorf("with %d bytes left: %w", left, err)
			}
		}
		return nil
	})
	n := 0
	view(t, s, func(r storage.Reader) {
		for _, err := range r.Scan(storage.ScanOptions{KeysOnly: true}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	})
	if n != storage.MinTxKeys {
		t.Errorf("%d keys, want %d", n, storage.MinTxKeys)
	}
}

// testTxTooBig writes until the store refuses, or gives up at 1 GiB, which
// no adapter can hold in one transaction.
func testTxTooBig(t *testing.T, s storage.Store) {
	put(t, s, "before", "1")
	value := make([]byte, 1<<20)
	for _, swallow := range []bool{false, true} {
		err := s.Update(func(tx storage.Tx) error {
			for i := range 1024 {
				err := tx.Set(fmt.Appendf(nil, "k%d", i), value)
				if err != nil && !swallow {
					return err
				}
				if err != nil {
					return nil // the transaction must fail all the same
				}
			}
			return nil
		})
		if !errors.Is(err, storage.ErrTxTooBig) {
			t.Errorf("Update = %v, want ErrTxTooBig", err)
		}
	}
	view(t, s, func(r storage.Reader) { wantList(t, r, storage.ScanOptions{}, "before=1") })
	err := s.Update(func(tx storage.Tx) error {
		return tx.Set([]byte("a"), make([]byte, storage.MaxValueSize+1))
	})
	if !errors.Is(err, storage.ErrTxTooBig) {
		t.Errorf("Set of a value beyond MaxValueSize = %v, want ErrTxTooBig", err)
	}
	put(t, s, "after", "2")
	view(t, s, func(r storage.Reader) { wantList(t, r, storage.ScanOptions{}, "after=2", "before=1") })
}

// testLargeValues replaces and deletes values of all sizes around the limits
// at which an adapter may store them otherwise.
func testLargeValues(t *testing.T, s storage.Store) {
	want := map[string][]byte{}
	set := func(key string, size int) {
		t.Helper()
		want[key] = bytes.Repeat([]byte(key), size/len(key)+1)[:size]
		update(t, s, func(tx storage.Tx) error {
			if err := tx.Set([]byte(key), want[key]); err != nil {
				return err
			}
			wantValue(t, tx, key, want[key])
			return nil
		})
	}
	check := func() {
		t.Helper()
		view(t, s, func(r storage.Reader) {
			n := 0
			for item, err := range r.Scan(storage.ScanOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; !bytes.Equal(item.Value, want[string(item.Key)]) {
					t.Errorf("Scan: %q has %d bytes, want %d", item.Key, len(item.Value), len(want[string(item.Key)]))
				}
			}
			if n != len(want) {
				t.Errorf("Scan sees %d items, want %d", n, len(want))
			}
			for key, value := range want {
				wantValue(t, r, key, value)
			}
		})
	}
	for _, size := range []int{1<<20 - 2, 1<<20 - 1, 1 << 20, 1<<20 + 1, 2<<20 - 3, 2<<20 - 2, 2<<20 - 1, 2 << 20, storage.MaxValueSize} {
		set("a", size)
		set("b", size)
		set("ab", 10)
		check()
		set("a", 3)
		check()
		update(t, s, func(tx storage.Tx) error { return tx.Delete([]byte("b")) })
		delete(want, "b")
		check()
		set("b", 5)
		check()
	}
}

func testSize(t *testing.T, s storage.Store) {
	put(t, s, "a", "1")
	if n, err := s.Size(); err != nil || n < 0 {
		t.Errorf("Size = %d, %v", n, err)
	}
}
