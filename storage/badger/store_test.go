package badger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
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

// copyAtOnce copies the directory of a store that nobody writes to as it is at one
// moment: a log that was read when it was opened may just become a table.
func copyAtOnce(tb testing.TB, from string) (to string) {
	tb.Helper()
	for {
		before, err := os.ReadFile(filepath.Join(from, "MANIFEST"))
		if err != nil {
			tb.Fatal(err)
		}
		to = filepath.Join(tb.TempDir(), "store")
		copied := os.CopyFS(to, os.DirFS(from))
		after, err := os.ReadFile(filepath.Join(from, "MANIFEST"))
		if err != nil {
			tb.Fatal(err)
		}
		if !bytes.Equal(before, after) || errors.Is(copied, os.ErrNotExist) {
			continue
		}
		if copied != nil {
			tb.Fatal(copied)
		}
		return to
	}
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
			dir = copyAtOnce(tb, dirs[s])
		}
		if err := s.Close(); err != nil {
			tb.Fatal(err)
		}
		return open(tb, dir)
	}
	storagetest.RunDurable(t, func(tb testing.TB) storage.Store { return open(tb, tb.TempDir()) },
		reopen, storagetest.Closed, storagetest.Killed)
}
