package badger_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

func key(b byte) []byte { return bytes.Repeat([]byte{b}, badger.KeySize) }

// TestSealed opens stores with keys that fit and that do not: what does not fit changes
// no file.
func TestSealed(t *testing.T) {
	if !badger.Encrypts {
		if _, err := badger.Open(t.TempDir(), badger.Options{Key: key(1)}); err == nil || !strings.Contains(err.Error(), "64-bit") {
			t.Errorf("an encrypted store: %v", err)
		}
		return
	}
	secret := bytes.Repeat([]byte("a phrase that nobody may read. "), 1000)
	fill := func(o badger.Options) string {
		dir := t.TempDir()
		s := openDir(t, dir, o)
		for i := range 40 {
			err := s.Update(func(tx storage.Tx) error { return tx.Set([]byte{1, byte(i)}, secret) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	sealed, plain := fill(badger.Options{Key: key(1)}), fill(badger.Options{})
	if !holdsText(t, plain, "a phrase that nobody") || holdsText(t, sealed, "a phrase that nobody") {
		t.Error("the text is not in the plain store, or is in the encrypted one")
	}
	for _, c := range []struct {
		dir  string
		key  []byte
		want error
	}{
		{sealed, nil, badger.ErrSealed}, {sealed, key(2), badger.ErrWrongKey}, {plain, key(1), badger.ErrPlain},
	} {
		before := files(t, c.dir)
		if _, err := badger.Open(c.dir, badger.Options{Key: c.key}); !errors.Is(err, c.want) {
			t.Errorf("Open = %v, want %v", err, c.want)
		}
		after := files(t, c.dir)
		for name, content := range after {
			if name != "LOCK-pid" && !bytes.Equal(before[name], content) || len(before) != len(after) {
				t.Errorf("%v: %s has changed", c.want, name)
			}
		}
	}
	s := openDir(t, sealed, badger.Options{Key: key(1)})
	defer s.Close()
	err := s.View(func(r storage.Reader) error {
		got, err := r.Get([]byte{1, 7})
		if err == nil && !bytes.Equal(got, secret) {
			t.Error("another value")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := badger.Open(t.TempDir(), badger.Options{Key: []byte("short")}); err == nil {
		t.Error("a key of 5 bytes is taken")
	}
}

func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		if all[filepath.Base(path)], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func holdsText(t *testing.T, dir, text string) bool {
	t.Helper()
	for _, content := range files(t, dir) {
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}
