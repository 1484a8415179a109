package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/config"
)

// TestLoadKey: 32 bytes or their digits are a key, nothing else is, and what is
// wrong names the flag.
func TestLoadKey(t *testing.T) {
	dir := t.TempDir()
	want := bytes.Repeat([]byte{0xab}, 32)
	for name, content := range map[string]string{
		"raw": string(want), "hex": strings.Repeat("ab", 32) + "\n",
		"short": string(want[1:]), "long": string(want) + "\n", "none": "", "words": strings.Repeat("xy", 32),
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := config.LoadKey(path)
		if good := name == "raw" || name == "hex"; good != (err == nil) || good && !bytes.Equal(key, want) {
			t.Errorf("%s: %x, %v", name, key, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "--encryption-key-file: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if key, err := config.LoadKey(""); key != nil || err != nil {
		t.Errorf("no path: %x, %v", key, err)
	}
	if _, err := config.LoadKey(filepath.Join(dir, "nofile")); err == nil || !strings.HasPrefix(err.Error(), "--encryption-key-file: ") {
		t.Errorf("no file: %v", err)
	}
}
