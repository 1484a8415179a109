package integration

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files are the names and sums of all below a directory, but for what says that a process looked,
// and the logs that the engine opens with, which have no record yet.
func files(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	all := map[string][32]byte{}
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "LOCK") || filepath.Ext(path) == ".vlog" {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = sha256.Sum256(b)
		return err
	}))
	return all
}

// bothNumbers is what a refusal of something newer must say.
var bothNumbers = regexp.MustCompile(`newer version: format (\d+), this version reads up to (\d+)`)

// refusesNewer checks that a command has failed as it must for what a newer version has written:
// with a number that is one more than its own, and what to do.
func refusesNewer(t *testing.T, r result, hint string) {
	t.Helper()
	n := bothNumbers.FindStringSubmatch(r.stderr)
	if r.code != 1 || n == nil || n[1] == n[2] || !strings.Contains(r.stderr, hint) {
		t.Errorf("exit %d, want 1, both numbers, and %q:\n%s%s", r.code, hint, r.stdout, r.stderr)
	}
}

// TestNewerFiles: a store, a backup and a bundle of a next version are refused with both numbers
// and what to do, before anything is written; that version goes on with its own afterwards.
func TestNewerFiles(t *testing.T) {
	t.Parallel()
	p := newPeer(t, "p").upgraded()
	p.start()
	p.ctl("put", "c/k", `{"f":"next:a"}`)
	other := startPeer(t, "other", "--join", p.invite())
	other.sees("c/k", `{"f":null}`)
	stick := t.TempDir()
	backup, bundle := filepath.Join(stick, "backup"), filepath.Join(stick, "bundle")
	for _, args := range [][]string{{"backup", backup}, {"bundle", "export", bundle}} {
		ctl := append([]string{"--node", p.http, "--token-file", filepath.Join(p.dir, "api.token")}, args...)
		if r := command(t, exec.Command(nextProgram(t, "crdtctl"), ctl...), ""); r.code != 0 {
			t.Fatalf("%v: exit %d\n%s", args, r.code, r.stderr)
		}
	}
	p.ctlFails([]int{1}, "backup", filepath.Join(stick, "by-this")) // crdtctl of this version keeps nothing that it cannot verify
	if left, _ := filepath.Glob(filepath.Join(stick, "by-this*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	p.stop()

	refusesNewer(t, other.crdtctl("", "backup", "--verify", backup), "")
	before := other.rootByCtl("c")
	refusesNewer(t, other.crdtctl("", "bundle", "import", bundle), "upgrade this node")
	if after := other.rootByCtl("c"); after != before {
		t.Errorf("a refused bundle has changed the root")
	}
	dir := filepath.Join(stick, "restored")
	refusesNewer(t, restore(t, dir, backup), "restore it with the version that has made it")
	if _, err := os.Stat(dir); err == nil {
		t.Error("a refused restore has made a directory")
	}

	was := files(t, p.dir)
	refusesNewer(t, command(t, exec.Command(program.crdtd, "--data-dir", p.dir, "--http", "127.0.0.1:0", "--no-mdns"), ""), "start the version that has written it")
	refusesNewer(t, command(t, exec.Command(program.crdtd, "verify", "--data-dir", p.dir), ""), "")
	if d := cmp.Diff(was, files(t, p.dir)); d != "" {
		t.Errorf("a refused store was changed:\n%s", d)
	}
	p.start()
	p.sees("c/k", `{"f":"next:a"}`)
}
