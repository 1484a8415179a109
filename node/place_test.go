package node_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

// TestReplacedStoreIsNoCopy damages a store, so that the node moves it aside and makes another one:
// that is said, and not that the directory is a copy; a copy of it still is one.
func TestReplacedStoreIsNoCopy(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	writeSome(t, dir, 3)
	for round := range 2 { // the second time what was made is replaced
		tables, err := filepath.Glob(filepath.Join(dir, "store", "*.sst"))
		if err != nil || len(tables) == 0 {
			t.Fatalf("round %d: no tables: %v", round, err)
		}
		b, err := os.ReadFile(tables[0])
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-30] ^= 1
		if err := os.WriteFile(tables[0], b, 0o600); err != nil {
			t.Fatal(err)
		}
		o := openDir(t, dir)
		if kinds := o.kinds(); !slices.Contains(kinds, node.FindingAside) || slices.Contains(kinds, node.Clone) {
			t.Errorf("round %d: incidents %+v", round, o.incidents)
		}
		put(t, o.Node, fmt.Sprintf("c/after%d", round), `1`)
		o.shut(t)
		o = openDir(t, dir)
		if len(o.incidents) > 0 {
			t.Errorf("round %d: said at the next start: %+v", round, o.incidents)
		}
		o.shut(t)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	copyDir(t, dir, copied)
	o := openDir(t, copied)
	if kinds := o.kinds(); !slices.Equal(kinds, []string{node.Clone}) {
		t.Errorf("a copy: %+v", o.incidents)
	}
	o.shut(t)
}

// TestRestoredDirectoryIsNoCopy: what was restored is where it was restored.
func TestRestoredDirectoryIsNoCopy(t *testing.T) {
	from := openDir(t, filepath.Join(t.TempDir(), "from"))
	put(t, from.Node, "c/a", `1`)
	path, _ := backup(t, from.Node, node.ArchiveOptions{Identity: true})
	from.shut(t)
	dir := filepath.Join(t.TempDir(), "to")
	if _, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{path}}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		o := openDir(t, dir)
		if len(o.incidents) > 0 || len(o.renewed) > 0 {
			t.Errorf("incidents %+v, incarnations %+v", o.incidents, o.renewed)
		}
		o.shut(t)
	}
}
