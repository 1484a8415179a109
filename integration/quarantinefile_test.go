package integration

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestQuarantineBesideBackup: a backup, a restored directory and a bundle hold nothing of the
// quarantine. A file beside the backup does: with it the same is in quarantine again, and is
// released where it can be read. One that is not whole puts nothing there.
func TestQuarantineBesideBackup(t *testing.T) {
	t.Parallel()
	b := startPeer(t, "b")
	a := newPeer(t, "a").upgraded()
	a.start("--join", b.invite())
	writeNext(a)
	b.sees("c/after", `1`)
	before := keptOfNext(b)
	file := filepath.Join(t.TempDir(), "whole")
	r := b.crdtctl("", "backup", file, "--identity")
	if r.code != 0 || !strings.Contains(r.stderr, file+".quarantine") {
		t.Fatalf("backup: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if r := b.crdtctl("", "quarantine", "export", file+".quarantine"); r.code != 2 {
		t.Errorf("a file that exists: exit %d\n%s", r.code, r.stderr)
	}
	bundle := filepath.Join(t.TempDir(), "bundle")
	b.ctl("bundle", "export", bundle)
	b.stop()
	a.ctl("put", "c/later", `1`)
	a.ctl("del", "c/deep")
	a.stop()

	again := newPeer(t, "b")
	if r := restore(t, again.dir, file); r.code != 0 || !strings.Contains(r.stdout, file+".quarantine is beside it") {
		t.Fatalf("restore: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	again.start()
	if left := again.quarantined(); len(left) > 0 {
		t.Errorf("a restored quarantine: %+v", left)
	}
	again.ctl("bundle", "import", bundle)
	if left := again.quarantined(); len(left) > 0 {
		t.Errorf("a quarantine out of a bundle: %+v", left)
	}
	text, err := os.ReadFile(file + ".quarantine")
	must(t, err)
	lines := bytes.SplitAfter(text, []byte("\n"))
	for says, bad := range map[string][]byte{
		"checksum":                       bytes.Replace(text, []byte(`"raw":"h`), []byte(`"raw":"i`), 1),
		"too early":                      bytes.Join(lines[:2], nil),
		"no file":                        text[:len(text)/2],
		"behind its end":                 append(bytes.Clone(text), lines[0]...),
		"format 2, this version reads 1": bytes.Replace(text, []byte(`quarantine":1`), []byte(`quarantine":2`), 1),
	} {
		path := filepath.Join(t.TempDir(), "bad")
		must(t, os.WriteFile(path, bad, 0o600))
		if r := again.ctlFails([]int{1}, "quarantine", "import", path); !strings.Contains(r.stderr, says) {
			t.Errorf("%s: it says %s", says, r.stderr)
		}
	}
	if left := again.quarantined(); len(left) > 0 {
		t.Errorf("put there by a bad file: %+v", left)
	}
	for range 2 { // the same is kept once
		again.ctl("quarantine", "import", file+".quarantine")
		if now := keptOfNext(again); !slices.EqualFunc(now, before, func(x, y kept) bool {
			return x.Raw == y.Raw && x.Reason == y.Reason && x.Origin == y.Origin && x.Time == y.Time
		}) {
			t.Errorf("in quarantine %+v, was %+v", now, before)
		}
	}
	again.stop()
	again.upgraded().start("--join", func() string { a.start(); return a.invite() }())
	again.sees("c/later", `1`)
	again.sees("c/new", `{"a":"format two"}`)
	again.released(0)
	again.lacks("c/deep") // it was removed meanwhile: what was put aside does not bring it back
	converged(t, "c", a, again)
	if left := again.quarantined(); len(left) > 0 {
		t.Errorf("left: %+v", left)
	}
}
