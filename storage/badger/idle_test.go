package badger

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestIdle reads while it writes: every View sees at least what was committed
// when it began, although it may use the transaction of an earlier one, and
// none that is behind is kept.
func TestIdle(t *testing.T) {
	s, err := Open("", Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	key := []byte("k")
	var committed atomic.Uint64
	set := func(n uint64) error {
		return s.Update(func(tx storage.Tx) error { return tx.Set(key, binary.BigEndian.AppendUint64(nil, n)) })
	}
	if err := set(0); err != nil {
		t.Fatal(err)
	}
	const commits = 500
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for committed.Load() < commits {
				least := committed.Load()
				err := s.View(func(r storage.Reader) error {
					value, err := r.Get(key)
					if err == nil && binary.BigEndian.Uint64(value) < least {
						t.Errorf("%d was committed, %d is seen", least, binary.BigEndian.Uint64(value))
					}
					return err
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range uint64(commits) {
		if err := set(n + 1); err != nil {
			t.Error(err)
		}
		committed.Store(n + 1)
	}
	wait.Wait()
	if v := s.idle.kept.Load(); v != nil && v.version != s.idle.versions.last.Load() {
		t.Errorf("a transaction begun after %d of %d commits is kept", v.version, s.idle.versions.last.Load())
	}
}
