package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSecretFiles(t *testing.T) {
	dir := t.TempDir()
	device, err := loadDevice(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadDevice(dir, nil)
	if err != nil || !device.Equal(again) {
		t.Errorf("read again: %v", err)
	}
	secret, err := loadSecret(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := saveSecret(dir, bytes.Repeat([]byte{7}, 32), nil); err != nil {
		t.Fatal(err)
	}
	if other, err := loadSecret(dir, nil); err != nil || bytes.Equal(other, secret) || other[0] != 7 {
		t.Errorf("replaced: %x, %v", other, err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		if i, err := f.Info(); err != nil || i.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), i.Mode(), err)
		}
	}
	for _, bad := range []string{"", "abc", strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("x", 64)} {
		if err := os.WriteFile(filepath.Join(dir, deviceFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadDevice(dir, nil); err == nil || !strings.Contains(err.Error(), deviceFile) {
			t.Errorf("device key %q: %v", bad, err)
		}
	}
	one, err1 := loadDevice("", nil)
	two, err2 := loadDevice("", nil)
	if errors.Join(err1, err2) != nil || one.Equal(two) {
		t.Error("without a directory every node has its own key")
	}
}

func TestMembersFile(t *testing.T) {
	dir := t.TempDir()
	var all []member
	for i := range maxMembers + 10 {
		all = append(all, member{Peer: string(rune('a' + i)), Addrs: []string{"/x"}, Seen: time.Unix(int64(i), 0).UTC()})
	}
	if err := saveMembers(dir, all); err != nil {
		t.Fatal(err)
	}
	got, err := loadMembers(dir)
	if err != nil || len(got) != maxMembers {
		t.Fatalf("%d members, %v", len(got), err)
	}
	if got[0].Seen.Unix() != maxMembers+9 {
		t.Errorf("the latest is %v", got[0])
	}
	if err := os.WriteFile(filepath.Join(dir, membersFile), []byte(`[{"peer":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadMembers(dir); err == nil {
		t.Error("a malformed file is accepted")
	}
}
