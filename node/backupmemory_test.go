package node_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

var backed = flag.Int("backed", 5000, "documents that TestBackupInBoundedMemory backs up")

// TestBackupInBoundedMemory: a backup holds a frame at a time, and so does a restore: what is
// on the heap does not grow with the documents.
func TestBackupInBoundedMemory(t *testing.T) {
	a := alone(t, node.Options{Dir: t.TempDir()})
	for i := 0; i < *backed; {
		err := a.Update(t.Context(), func(tx *node.Tx) error {
			for range 500 {
				if err := tx.Put("docs", fmt.Sprintf("%07d", i), []byte(fmt.Sprintf(`{"n":%d,"t":"%s%d"}`, i, strings.Repeat("x", 160), i*7919)), node.PutOptions{}); err != nil {
					return err
				}
				i++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Root(t.Context(), "docs"); err != nil {
		t.Fatal(err)
	}
	var m runtime.MemStats
	heap := func() uint64 {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	peak, most, calls, before := uint64(0), uint64(0), 0, heap()
	sample := func() {
		runtime.ReadMemStats(&m)
		most = max(most, m.HeapAlloc) // with what is not collected yet
		if calls++; calls%8 == 0 {
			peak = max(peak, heap())
		}
	}
	path := filepath.Join(t.TempDir(), "backup")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report, err := a.Backup(t.Context(), io.MultiWriter(f), node.ArchiveOptions{Progress: func(uint64) { sample() }})
	if err != nil || int(report.Documents) != *backed {
		t.Fatalf("%+v, %v", report, err)
	}
	wrote := max(peak, before) - before
	peak = 0
	o := node.RestoreOptions{Files: []string{path}, Progress: func(string, bool, int64) { sample() }}
	if _, err := node.Restore(t.Context(), node.Options{Dir: filepath.Join(t.TempDir(), "new")}, o); err != nil {
		t.Fatal(err)
	}
	restored := max(peak, before) - before
	t.Logf("%d documents, %d bytes: live heap %d KiB, at most %d more while writing, %d while restoring; with garbage at most %d", *backed, report.Bytes, before>>10, wrote>>10, restored>>10, most>>10)
	if wrote > 24<<20 || restored > 128<<20 {
		t.Errorf("%d and %d bytes more on the heap", wrote, restored)
	}
}
