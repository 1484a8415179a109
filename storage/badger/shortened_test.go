package badger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestShortenedLog makes a log of three commits shorter, byte by byte, through the second and into the first. In the middle of
// a commit that is always damage, also where what is left of an entry does not say how long it was; where a commit ends it
// may be the store that was opened again.
func TestShortenedLog(t *testing.T) {
	for _, c := range []struct {
		name  string
		key   []byte
		value []byte
	}{
		{"plain", nil, []byte("value")},
		{"plain, zeros", nil, make([]byte, 700)},
		{"encrypted", bytes.Repeat([]byte{7}, KeySize), []byte("value")},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, open := openBehind(t, c.key, 0)
			w := logged{synced: make([]int, 3)}
			for n := range 3 {
				err := s.Update(func(tx storage.Tx) error {
					return errors.Join(tx.Set([]byte("a"), fmt.Append(nil, n)), tx.Set([]byte("b"), c.value))
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			w.scan(t, open, c.key, 0)
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(open)); err != nil {
				t.Fatal(err)
			}
			ends := map[int]bool{logHeader: true}
			for _, end := range w.ends {
				ends[end] = true
			}
			for size := w.ends[1]; size >= logHeader; size-- {
				if err := os.Truncate(logPath(dir, 1), int64(size)); err != nil {
					t.Fatal(err)
				}
				var damage *DamageError
				if err := Inspect(dir, c.key); errors.As(err, &damage) == ends[size] || err != nil && damage == nil {
					t.Errorf("%d bytes of commits that end at %v: %v", size, w.ends, err)
				}
			}
		})
	}
}
