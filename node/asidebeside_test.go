package node_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// TestAsideNamesWhatMayStandBeside: a store that has lost what it knows of a collection, and how far that was hashed, takes the
// documents over with no more context than the least. Those that were written here last are named, in the report and in the
// sentence: of what they had replaced, a part may come back from a peer. What another device has written last is not named, nor
// what the store still knows, nor what was left out, since nothing tells any more how far the store had counted.
func TestAsideNamesWhatMayStandBeside(t *testing.T) {
	for _, c := range []struct {
		name   string
		lost   []string // ends with 0: all keys that begin so
		beside []string
		left   int
	}{
		{"the state", []string{"cc", "uc"}, []string{"c/mine", "c/replaced"}, 0},
		{"and the fingerprints", []string{"cc", "uc", "fc\x00"}, nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			w := newWorld(t)
			a, b := w.open("a", node.Options{Dir: dir}), w.open("b", node.Options{})
			defer w.close(b)
			w.join(a, b)
			put(t, a, "c/mine", `{"of":"a"}`)
			put(t, a, "c/edited", `{"of":"a"}`)
			put(t, a, "known/mine", `{"of":"a"}`)
			meet(t, a, b)
			put(t, b, "c/theirs", `{"of":"b"}`)
			put(t, b, "c/edited", `{"of":"b"}`)
			meet(t, a, b)
			put(t, a, "c/replaced", `{"of":"a"}`)
			w.close(a)
			for _, key := range c.lost {
				erase(t, filepath.Join(dir, "store"), key)
			}

			o := openDir(t, dir)
			defer o.Close()
			text, err := os.ReadFile(filepath.Join(theAside(t, dir), "report.json"))
			if err != nil {
				t.Fatal(err)
			}
			var report node.Aside
			if err := json.Unmarshal(text, &report); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(report.Beside, c.beside) || report.Left != c.left || report.Taken+report.Left != 4 {
				t.Errorf("%s", text)
			}
			for _, key := range c.beside {
				if !strings.Contains(report.String(), key) {
					t.Errorf("not said of %s: %s", key, report)
				}
			}
			if strings.Contains(report.String(), "look at") != (len(c.beside) > 0) {
				t.Errorf("%s", report)
			}
			want(t, o.Node, "known/mine", `{"of":"a"}`)
		})
	}
}

// erase removes keys of a store that nobody has open.
func erase(t *testing.T, dir, prefix string) {
	t.Helper()
	s, err := badger.Open(dir, badger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	var keys [][]byte
	err = s.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{Start: []byte(prefix), End: []byte(prefix + "\xff")}) {
			if err != nil {
				return err
			}
			if string(item.Key) == prefix || strings.HasSuffix(prefix, "\x00") {
				keys = append(keys, bytes.Clone(item.Key))
			}
		}
		return nil
	})
	if err == nil {
		err = s.Update(func(tx storage.Tx) error {
			for _, key := range keys {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil || len(keys) == 0 {
		t.Fatalf("%d keys under %q: %v", len(keys), prefix, err)
	}
}
