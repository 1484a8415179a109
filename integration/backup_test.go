package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/patience"
)

// restore runs crdtd restore.
func restore(t *testing.T, dir string, files ...string) result {
	t.Helper()
	return command(t, exec.Command(program.crdtd, append([]string{"restore", "--data-dir", dir}, files...)...), "")
}

// TestBundlesByStick: two members of a mesh that never meet, since neither knows
// where the other is, hold the same after files went to and fro.
func TestBundlesByStick(t *testing.T) {
	t.Parallel()
	a, b, foreign := startPeer(t, "a"), newPeer(t, "b"), startPeer(t, "c")
	secret, err := os.ReadFile(filepath.Join(a.dir, "mesh.secret"))
	must(t, err)
	must(t, os.MkdirAll(b.dir, 0o700))
	must(t, os.WriteFile(filepath.Join(b.dir, "mesh.secret"), secret, 0o600))
	b.start()
	for i := range 20 {
		a.ctl("put", fmt.Sprintf("stock/%02d", i), fmt.Sprintf(`{"a":%d,"n":{"$counter":1}}`, i))
		b.ctl("put", fmt.Sprintf("stock/%02d", i+10), fmt.Sprintf(`{"b":%d,"n":{"$counter":1}}`, i))
	}
	a.ctl("del", "stock/03")
	stick := t.TempDir()
	there, back := filepath.Join(stick, "there"), filepath.Join(stick, "back")
	a.ctl("bundle", "export", there)
	b.ctl("bundle", "import", there)
	b.ctl("del", "stock/04")
	b.ctl("bundle", "export", back, "--since", there)
	a.ctl("bundle", "import", back)
	same := func() {
		t.Helper()
		if x, y := a.ctl("root", "stock"), b.ctl("root", "stock"); x != y {
			t.Errorf("roots %s and %s", x, y)
		}
	}
	same()
	if got := b.ctl("get", "stock/15"); !strings.Contains(got, `"n":2`) {
		t.Errorf("stock/15 is %s", got)
	}
	a.ctlFails([]int{3}, "get", "stock/04")

	a.ctl("put", "stock/new", `1`)
	next := filepath.Join(stick, "next")
	a.ctl("bundle", "export", next, "--since", strings.TrimSpace(b.ctl("bundle", "known")))
	if r := foreign.ctlFails([]int{6}, "bundle", "import", next); !strings.Contains(r.stderr, "not of this mesh") {
		t.Errorf("a foreign bundle: %s", r.stderr)
	}
	text, err := os.ReadFile(next)
	must(t, err)
	text[len(text)/2] ^= 1
	must(t, os.WriteFile(filepath.Join(stick, "bad"), text, 0o600))
	if r := b.ctlFails([]int{1}, "bundle", "import", filepath.Join(stick, "bad")); !strings.Contains(r.stderr, "not a whole archive") {
		t.Errorf("a changed bundle: %s", r.stderr)
	}
	b.ctl("bundle", "import", next)
	same()
}

// TestRestoreKilled: a restore that is killed at any moment leaves a directory
// that does not open, or the whole; and restoring again begins anew.
func TestRestoreKilled(t *testing.T) {
	t.Parallel()
	a := startPeer(t, "a")
	var lines strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&lines, `{"key":"%05d","doc":{"n":%d,"text":"%s"}}`+"\n", i, i, strings.Repeat(fmt.Sprint(i*i), 20))
	}
	a.ctlIn(lines.String(), "import", "docs", "-")
	root := a.ctl("root", "docs")
	file := filepath.Join(t.TempDir(), "backup")
	a.ctl("backup", file)
	a.stop()
	unfinished, n := 0, newPeer(t, "n")
	for round := 0; round < 8 || unfinished == 0; round++ {
		cmd := exec.Command(program.crdtd, "restore", "--data-dir", n.dir, file)
		must(t, cmd.Start())
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }() // it is killed, or has ended
		for begun, deadline := false, patience.End(t); !begun; {
			_, err := os.Stat(filepath.Join(n.dir, "restoring"))
			select {
			case <-ended:
				begun = true
			default:
				begun = err == nil || time.Now().After(deadline)
			}
		}
		select { // it has begun to write
		case <-time.After(time.Duration(round%8) * 20 * time.Millisecond):
		case <-ended:
		}
		_ = cmd.Process.Kill() // or it has ended
		<-ended
		err := n.tryStart()
		if err != nil {
			unfinished++
			if !strings.Contains(err.Error(), "was not finished") {
				t.Fatalf("after kill %d: %v", round, err)
			}
			continue
		}
		if unfinished > 0 {
			break // it was done before
		}
		n.stop() // on a machine that looks at us so seldom another one is begun
		n = newPeer(t, "n")
	}
	if !n.running() {
		if r := restore(t, n.dir, file); r.code != 0 {
			t.Fatalf("%s%s", r.stdout, r.stderr)
		}
		n.start()
	}
	if got := n.ctl("root", "docs"); got != root {
		t.Errorf("root %s, want %s", got, root)
	}
	if r := restore(t, n.dir, file); r.code != 2 || !strings.Contains(r.stderr, "not empty") {
		t.Errorf("into a directory in use: %d, %s", r.code, r.stderr)
	}
	t.Logf("%d restores were killed", unfinished)
}
