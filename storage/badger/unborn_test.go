package badger_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// TestUnborn: a process that is killed between the creation of a log and its
// first byte leaves a file of length 0, and the store opens.
func TestUnborn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	for round := range 3 {
		s, err := badger.Open(dir, badger.Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		err = s.Update(func(tx storage.Tx) error { return tx.Set(fmt.Appendf(nil, "k%d", round), []byte("v")) })
		if err != nil {
			t.Fatal(err)
		}
		for i := range round + 1 {
			err := s.View(func(r storage.Reader) error { _, err := r.Get(fmt.Appendf(nil, "k%d", i)); return err })
			if err != nil {
				t.Errorf("round %d: k%d: %v", round, i, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		for n := range 3 { // the next numbers, whichever they are
			for _, name := range []string{"%06d.vlog", "%05d.mem"} {
				f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf(name, round+n+1)), os.O_CREATE|os.O_RDWR, 0o600)
				if err != nil {
					t.Fatal(err)
				}
				f.Close()
			}
		}
	}
}
