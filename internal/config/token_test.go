package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/internal/config"
)

// TestTokenIsMadeOnce: whoever comes first makes it, all have the same, and
// only the owner can read it.
func TestTokenIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	tokens := make([]string, 16)
	var all sync.WaitGroup
	for i := range tokens {
		all.Go(func() {
			var err error
			if tokens[i], _, err = config.LoadToken(dir); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, token := range tokens {
		if token != tokens[0] || len(token) < 40 {
			t.Errorf("%q and %q", token, tokens[0])
		}
	}
	path := filepath.Join(dir, config.TokenFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v %v", files, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := config.LoadToken(dir); !errors.Is(err, config.ErrTokenMode) {
		t.Errorf("readable for the group: %v", err)
	}
}

func TestTokenFileMustHoldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), config.TokenFile)
	for _, text := range []string{"", "\n", "a\nb\n", "a\x00b", "\xff"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := config.ReadToken(path); !errors.Is(err, config.ErrTokenFile) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTokenIsDamaged: a file that holds no token does not keep the node from
// starting; it is put aside.
func TestTokenIsDamaged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, config.TokenFile)
	if err := os.WriteFile(path, []byte("abc\x00def\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	token, damaged, err := config.LoadToken(dir)
	if err != nil || damaged == nil || len(token) < 40 {
		t.Fatalf("%q %v %v", token, damaged, err)
	}
	if old, err := os.ReadFile(path + ".damaged"); err != nil || string(old) != "abc\x00def\n" {
		t.Errorf("put aside: %q %v", old, err)
	}
	if again, damaged, err := config.LoadToken(dir); again != token || damaged != nil || err != nil {
		t.Errorf("%q %v %v", again, damaged, err)
	}
}
