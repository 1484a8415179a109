package memory_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"github.com/crdtstore/crdtstore/storage/storagetest"
)

func open(testing.TB) storage.Store { return memory.New() }

func TestContract(t *testing.T) { storagetest.Run(t, open) }

func TestDurable(t *testing.T) {
	reopen := func(tb testing.TB, s storage.Store, stop storagetest.Stop) storage.Store {
		m := s.(*memory.Store)
		switch stop {
		case storagetest.Killed:
			return m.Kill()
		case storagetest.Closed:
			if err := m.Close(); err != nil {
				tb.Fatal(err)
			}
		}
		return m.Crash()
	}
	storagetest.RunDurable(t, open, reopen, storagetest.Closed, storagetest.Killed, storagetest.PowerCut)
}

func set(s *memory.Store, key string) error {
	return s.Update(func(tx storage.Tx) error { return tx.Set([]byte(key), nil) })
}

func has(s *memory.Store, key string) bool {
	return s.View(func(r storage.Reader) error {
		_, err := r.Get([]byte(key))
		return err
	}) == nil
}

func TestFaults(t *testing.T) {
	before, after, sync := errors.New("before"), errors.New("after"), errors.New("sync")
	s := memory.New()
	s.Inject(memory.Faults{BeforeCommit: before, AfterCommit: after, Sync: sync})
	if err := s.Update(func(storage.Tx) error { return nil }); err != nil {
		t.Errorf("an empty transaction uses up a fault: %v", err)
	}
	if err := set(s, "a"); !errors.Is(err, before) || has(s, "a") {
		t.Errorf("BeforeCommit: %v, applied %v", err, has(s, "a"))
	}
	if err := set(s, "b"); !errors.Is(err, after) || !has(s, "b") {
		t.Errorf("AfterCommit: %v, applied %v", err, has(s, "b"))
	}
	if err := s.Sync(); !errors.Is(err, sync) || has(s.Crash(), "b") {
		t.Errorf("Sync: %v, synced %v", err, has(s.Crash(), "b"))
	}
	if err := errors.Join(set(s, "c"), s.Sync()); err != nil || !has(s.Crash(), "c") {
		t.Errorf("after the faults: %v, synced %v", err, has(s.Crash(), "c"))
	}
}

func TestLimits(t *testing.T) {
	s := memory.Open(memory.Options{MaxTxSize: 40, MaxTxKeys: 2})
	if err := set(s, "12345678"); err != nil {
		t.Error(err)
	}
	if err := set(s, "1234567890123456789012345"); !errors.Is(err, storage.ErrTxTooBig) {
		t.Errorf("41 bytes in a transaction of 40: %v", err)
	}
	err := s.Update(func(tx storage.Tx) error {
		return errors.Join(tx.Delete([]byte("a")), tx.Delete([]byte("b")), tx.Delete([]byte("c")))
	})
	if !errors.Is(err, storage.ErrTxTooBig) {
		t.Errorf("3 keys in a transaction of 2: %v", err)
	}
}

// TestCopies checks that stores made by Crash and Kill share nothing that is
// modified.
func TestCopies(t *testing.T) {
	s := memory.New()
	if err := errors.Join(set(s, "a"), s.Sync(), set(s, "b")); err != nil {
		t.Fatal(err)
	}
	crashed, killed := s.Crash(), s.Kill()
	if err := errors.Join(set(crashed, "c"), set(killed, "d"), set(s, "e")); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, s := range []*memory.Store{crashed, killed, s} {
		for _, key := range []string{"a", "b", "c", "d", "e"} {
			if has(s, key) {
				got += key
			}
		}
		got += "."
	}
	if want := "ac.abd.abe."; got != want {
		t.Errorf("after changes to each: %s, want %s", got, want)
	}
	if n, err := s.Size(); n != 3 || err != nil {
		t.Errorf("Size = %d, %v, want 3", n, err)
	}
}
