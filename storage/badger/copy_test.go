package badger

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// CopyAtOnce copies the directory of a store that nobody writes to as it is at one
// moment: a log that is full, or was read when it was opened, may just become a table.
func CopyAtOnce(tb testing.TB, from string) (to string) {
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
