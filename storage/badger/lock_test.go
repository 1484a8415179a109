package badger_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// TestLocked opens one directory twice, from this process and from another.
func TestLocked(t *testing.T) {
	if dir := os.Getenv("STORE_DIR"); dir != "" {
		_, err := badger.Open(dir, badger.Options{})
		fmt.Println("second process:", err)
		return
	}
	dir := t.TempDir()
	s := openDir(t, dir, badger.Options{})
	want := fmt.Sprintf("data directory %s is in use by process %d", dir, os.Getpid())

	_, err := badger.Open(dir, badger.Options{})
	var locked *badger.ErrLocked
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || err.Error() != want {
		t.Errorf("second Open = %v, want %s", err, want)
	}
	if _, err := badger.Open(dir, badger.Options{ReadOnly: true}); !errors.As(err, &locked) {
		t.Errorf("Open read-only = %v, want ErrLocked", err)
	}

	cmd := exec.Command(os.Args[0], "-test.run=^TestLocked$")
	cmd.Env = append(os.Environ(), "STORE_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "second process: "+want) {
		t.Errorf("second process: %v\n%s", err, out)
	}

	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := openDir(t, dir, badger.Options{}).Close(); err != nil {
		t.Errorf("after Close: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir, badger.Options{})
	err := s.Update(func(tx storage.Tx) error { return tx.Set([]byte("a"), []byte("1")) })
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // it may be open read-only several times
		s := openDir(t, dir, badger.Options{ReadOnly: true})
		defer s.Close()
		err := s.Update(func(tx storage.Tx) error { return tx.Delete([]byte("a")) })
		if !errors.Is(err, storage.ErrReadOnly) {
			t.Errorf("Update = %v, want ErrReadOnly", err)
		}
		if err := s.Sync(); err != nil {
			t.Errorf("Sync: %v", err)
		}
		err = s.View(func(r storage.Reader) error {
			v, err := r.Get([]byte("a"))
			if string(v) != "1" {
				t.Errorf("Get = %q", v)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	file := t.TempDir() + "/file"
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, open := range map[string]func() (*badger.Store, error){
		"unknown profile \"huge\"": func() (*badger.Store, error) {
			return badger.Open(t.TempDir(), badger.Options{Profile: "huge"})
		},
		"in memory, but with directory": func() (*badger.Store, error) {
			return badger.Open(t.TempDir(), badger.Options{InMemory: true})
		},
		"not a directory": func() (*badger.Store, error) { return badger.Open(file, badger.Options{}) },
		"no such file or": func() (*badger.Store, error) { return badger.Open(file+"x", badger.Options{ReadOnly: true}) },
	} {
		if s, err := open(); err == nil {
			s.Close()
			t.Errorf("Open succeeds, want %q", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("Open = %v, want %q", err, want)
		}
	}
}
