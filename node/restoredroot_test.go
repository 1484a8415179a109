package node_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// rewritten is an archive with other ends of its collections, and a seal that
// holds.
func rewritten(t *testing.T, path string, change func(*archive.End)) string {
	t.Helper()
	in, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.NewReader(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	device := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	header := r.Header()
	header.Device, header.Mesh = device.Public().(ed25519.PublicKey), archive.MeshTag{}
	var out bytes.Buffer
	w, err := archive.NewWriter(&out, header)
	for err == nil {
		var next any
		if next, err = r.Next(); errors.Is(err, io.EOF) {
			break
		}
		switch x := next.(type) {
		case *archive.Collection:
			err = w.Begin(*x)
		case []crdt.SignedHead:
			err = w.Heads(x)
		case *archive.Frame:
			err = w.Frame(*x)
		case *archive.End:
			change(x)
			_, err = w.End(x.Existing, x.Root)
		case *archive.Trailer:
			_, _, err = w.Close(func(sum archive.Sum) archive.Seal { return archive.NewSeal(device, nil, sum) })
		}
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "rewritten")
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRestoredRootIsCompared: an incremental backup says which root the collection
// had, of which it holds a part only. What is restored and has another one is not
// put in place: something else was lost, or has come on top (Law E).
func TestRestoredRootIsCompared(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "docs/a", `1`)
	whole, report := backup(t, n, node.ArchiveOptions{})
	put(t, n, "docs/b", `2`)
	later, _ := backup(t, n, node.ArchiveOptions{Since: report.Known})
	for name, c := range map[string]struct {
		change func(*archive.End)
		good   bool
	}{
		"as it was":    {func(*archive.End) {}, true},
		"another root": {func(e *archive.End) { e.Root[3] ^= 1 }, false},
	} {
		dir := filepath.Join(t.TempDir(), "restored")
		_, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{whole, rewritten(t, later, c.change)}})
		if c.good {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "root") {
			t.Errorf("%s: %v", name, err)
		}
		absent(t, dir)
	}
}
