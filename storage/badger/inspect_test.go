package badger

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestInspectLogs: a log that breaks off where nothing is behind it was torn by a
// power cut; one with transactions behind that, or another log, is taken for damaged.
func TestInspectLogs(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 20 {
		err := s.Update(func(tx storage.Tx) error {
			return tx.Set(fmt.Appendf(nil, "k%d", n), bytes.Repeat([]byte{1}, 100))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(); err != nil {
		t.Fatal(err)
	}
	logs, err := numbered(dir, ".mem")
	if err != nil || len(logs) == 0 {
		t.Fatalf("logs %d: %v", logs, err)
	}
	name := func(id uint64) string { return fmt.Sprintf("%05d.mem", id) }
	sound, err := os.ReadFile(filepath.Join(dir, name(logs[0])))
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(sound, "\x00"))
	prepared := make([]byte, len(sound))
	copy(prepared, sound[:logHeader])
	for _, c := range []struct {
		name    string
		flip    int // where; 0 is nowhere
		next    []byte
		damaged bool
	}{
		{"as it was", 0, nil, false},
		{"as it was, the next is prepared", 0, prepared, false},
		{"torn", end - 8, nil, false},
		{"torn, the next is prepared: it may have been cut", end - 8, prepared, true},
		{"torn, the next is in use", end - 8, sound, true},
		{"broken in the middle", end / 2, nil, true},
		{"broken in the middle, the next is prepared", end / 2, prepared, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := t.TempDir()
			if err := os.CopyFS(at, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			for _, id := range logs[1:] {
				if err := os.Remove(filepath.Join(at, name(id))); err != nil {
					t.Fatal(err)
				}
			}
			log := bytes.Clone(sound)
			if c.flip > 0 {
				log[c.flip] ^= 0x10
			}
			if err := os.WriteFile(filepath.Join(at, name(logs[0])), log, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.next != nil {
				if err := os.WriteFile(filepath.Join(at, name(logs[0]+1)), c.next, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var damage *DamageError
			if err := Inspect(at, nil); errors.As(err, &damage) != c.damaged || err != nil && damage == nil {
				t.Errorf("damaged %v: %v", c.damaged, err)
			}
		})
	}
}
