package badger

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// held is all that a store holds.
func held(t *testing.T, dir string) map[string]string {
	t.Helper()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	err = s.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{}) {
			if err != nil {
				return err
			}
			all[string(item.Key)] = string(item.Value)
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

// twice writes keys, closes the store, changes and removes some and closes it again; first and second
// are what the directory was each time.
func twice(t *testing.T) (first, second string) {
	t.Helper()
	dir := t.TempDir()
	var states []string
	for n := range 2 {
		s, err := Open(dir, Options{})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Update(func(tx storage.Tx) error {
			for k := range 200 {
				key := fmt.Appendf(nil, "k%03d", k)
				if err := tx.Set(key, fmt.Append(nil, n)); err != nil {
					return err
				}
				if n == 1 && k%2 == 0 {
					if err := tx.Delete(key); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err == nil && n == 1 {
			if err = s.Sync(); err == nil {
				err = s.db.Flatten(1)
			}
		}
		if err = errors.Join(err, s.Close()); err != nil {
			t.Fatal(err)
		}
		state := t.TempDir()
		if err := os.CopyFS(state, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		states = append(states, state)
	}
	return states[0], states[1]
}

// TestTablesAndManifestAfterAPowerCut: tables that were removed are there again, one is half written,
// the last line of the manifest is torn; a manifest that has lost lines is damage.
func TestTablesAndManifestAfterAPowerCut(t *testing.T) {
	first, second := twice(t)
	want := held(t, second)
	manifest, err := os.ReadFile(filepath.Join(second, manifestName))
	if err != nil {
		t.Fatal(err)
	}
	line := manifest[manifestHeader:][:40]
	old, err := filepath.Glob(filepath.Join(first, "*.sst"))
	if err != nil || len(old) == 0 {
		t.Fatalf("%d tables: %v", len(old), err)
	}
	put := func(name string, content []byte) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), content, 0o600) }
	}
	bring := func(content func([]byte) []byte) func(string) error {
		return func(dir string) error {
			for _, path := range old {
				b, err := os.ReadFile(path)
				if err == nil {
					err = os.WriteFile(filepath.Join(dir, filepath.Base(path)), content(b), 0o600)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		name    string
		harm    func(dir string) error
		damaged bool
	}{
		{"as it was", func(string) error { return nil }, false},
		{"tables that were removed", bring(bytes.Clone), false},
		{"one was emptied before", bring(func([]byte) []byte { return nil }), false},
		{"a table that was not finished", put("000999.sst", make([]byte, 5000)), false},
		{"half a line", put(manifestName, append(bytes.Clone(manifest), line[:9]...)), false},
		{"a line of which the end is not on disk", put(manifestName, append(append(bytes.Clone(manifest), line[:11]...), make([]byte, 200)...)), false},
		{"zeros", put(manifestName, append(bytes.Clone(manifest), make([]byte, 13)...)), false},
		{"lines are lost", put(manifestName, manifest[:len(manifest)-3]), true},
		{"all lines are lost", put(manifestName, manifest[:manifestHeader]), true},
		{"not one", put(manifestName, make([]byte, len(manifest))), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := errors.Join(os.CopyFS(dir, os.DirFS(second)), c.harm(dir)); err != nil {
				t.Fatal(err)
			}
			var damage *DamageError
			if err := Inspect(dir, nil); errors.As(err, &damage) != c.damaged || err != nil && damage == nil {
				t.Fatalf("damaged %v: %v", c.damaged, err)
			}
			if c.damaged {
				return
			}
			made := t.TempDir()
			r, err := Rebuild(t.Context(), dir, made, Options{})
			if err != nil || !r.Whole() {
				t.Errorf("rebuilt: %+v, %v", r.Damage, err)
			}
			if got := held(t, made); !maps.Equal(got, want) {
				t.Errorf("%d keys were rebuilt, %d there are", len(got), len(want))
			}
			if got := held(t, dir); !maps.Equal(got, want) {
				t.Errorf("%d keys are left of %d", len(got), len(want))
			}
		})
	}
}
