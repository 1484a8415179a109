package badger_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
	"github.com/crdtstore/crdtstore/storage/storagetest"
)

func openDir(tb testing.TB, dir string, o badger.Options) *badger.Store {
	tb.Helper()
	s, err := badger.Open(dir, o)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) {
	for _, p := range []badger.Profile{badger.Edge, badger.Server} {
		t.Run(string(p), func(t *testing.T) {
			storagetest.Run(t, func(tb testing.TB) storage.Store {
				return openDir(tb, tb.TempDir(), badger.Options{Profile: p})
			})
		})
	}
	t.Run("encrypted", func(t *testing.T) {
		if !badger.Encrypts {
			t.Skip("on 64-bit systems only")
		}
		storagetest.Run(t, func(tb testing.TB) storage.Store {
			return openDir(tb, tb.TempDir(), badger.Options{Key: key(1)})
		})
	})
	t.Run("memory", func(t *testing.T) {
		storagetest.Run(t, func(tb testing.TB) storage.Store {
			return openDir(tb, "", badger.Options{InMemory: true})
		})
	})
}

func TestDurable(t *testing.T) {
	dirs := map[storage.Store]string{}
	open := func(tb testing.TB, dir string) storage.Store {
		s := openDir(tb, dir, badger.Options{})
		dirs[s] = dir
		return s
	}
	reopen := func(tb testing.TB, s storage.Store, stop storagetest.Stop) storage.Store {
		dir := dirs[s]
		if stop == storagetest.Killed {
			dir = badger.CopyAtOnce(tb, dirs[s])
		}
		if err := s.Close(); err != nil {
			tb.Fatal(err)
		}
		return open(tb, dir)
	}
	storagetest.RunDurable(t, func(tb testing.TB) storage.Store { return open(tb, tb.TempDir()) },
		reopen, storagetest.Closed, storagetest.Killed)
}
