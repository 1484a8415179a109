package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// copyTree makes to a copy of from, as cp -a does: the files of a directory that
// is there already are overwritten or removed, and the directory stays the one that it is.
func copyTree(t testing.TB, from, to string) {
	t.Helper()
	must(t, os.MkdirAll(to, 0o700))
	stale, err := filepath.Glob(filepath.Join(to, "*"))
	must(t, err)
	for _, path := range stale {
		if info, err := os.Lstat(path); err == nil && info.IsDir() {
			if _, err := os.Stat(filepath.Join(from, filepath.Base(path))); err == nil {
				copyTree(t, filepath.Join(from, filepath.Base(path)), path)
				continue
			}
		}
		must(t, os.RemoveAll(path))
	}
	if out, err := exec.Command("cp", "-a", from+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("cp -a: %v: %s", err, out)
	}
}

// twin is a peer on another directory, under the identity that this one has.
func (p *peer) twin(dir string) *peer {
	q := newPeer(p.t, p.name)
	q.dir, q.id = dir, p.id
	return q
}

// writesAs is the replica that a peer wrote as when it was stopped.
func (p *peer) writesAs() string {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "watermark"))
	must(p.t, err)
	_, b, _ = bytes.Cut(b, []byte("\n"))
	var note struct{ Replica string }
	must(p.t, json.Unmarshal(b, &note))
	return note.Replica
}

// knowsOfItsCopy waits until doctor says that the directory was copied, or put back.
func (p *peer) knowsOfItsCopy(kinds ...string) {
	p.t.Helper()
	eventually(p.t, func() error {
		out := p.crdtctl("", "doctor").stdout
		for _, kind := range kinds {
			if strings.Contains(out, kind) {
				return nil
			}
		}
		return fmt.Errorf("%s: doctor does not say %v:\n%s", p.name, kinds, out)
	})
}

// writesOf are what one copy writes: documents of its own, one that both write alike,
// one that both write otherwise, and a count.
func (p *peer) writesOf(copy string, documents int) {
	p.t.Helper()
	for i := range documents {
		p.ctl("put", fmt.Sprintf("c/%s-%d", copy, i), fmt.Sprintf(`{"by":%q}`, copy))
	}
	p.ctl("put", "c/alike", `{"n":7}`)
	p.ctl("patch", "c/both", "--merge", fmt.Sprintf(`{"by-%s":1}`, copy))
	p.ctl("incr", "c/count", "/n", "1")
}

// hasAllOf waits until p holds what copies wrote.
func (p *peer) hasAllOf(documents int, copies ...string) {
	p.t.Helper()
	want, both := map[string]string{"alike": `{"n":7}`}, map[string]int{"base": 1}
	for _, copy := range copies {
		for i := range documents {
			want[fmt.Sprintf("%s-%d", copy, i)] = fmt.Sprintf(`{"by":%q}`, copy)
		}
		both["by-"+copy] = 1
	}
	text, err := json.Marshal(both)
	must(p.t, err)
	want["both"] = string(text)
	eventually(p.t, func() error {
		docs := p.export("c")
		for key, doc := range want {
			if docs[key] == "" {
				return fmt.Errorf("%s has no %s", p.name, key)
			}
			if d := diffJSON(docs[key], doc); d != "" {
				return fmt.Errorf("%s: %s: %s", p.name, key, d)
			}
		}
		return nil
	})
}

// founders are a peer that will be copied, and one that it has met.
func founders(t *testing.T, dir string) (a, b *peer) {
	t.Helper()
	a = newPeer(t, "a")
	if dir != "" {
		a.dir = filepath.Join(dir, "a")
	}
	a.start()
	b = startPeer(t, "b", "--join", a.invite())
	a.ctl("put", "c/both", `{"base":1}`)
	a.ctl("put", "c/count", `{"n":{"$counter":0}}`)
	converged(t, "c", a, b)
	return a, b
}

// TestCopiesThatBothRun: a data directory is copied in every way that people copy
// one, both copies run at the same time and write as much as the other, and take turns
// at a peer that had met them when they were one. Both get to know of the other, write as
// replicas of their own, and nothing that either of them wrote is lost, or counted twice.
func TestCopiesThatBothRun(t *testing.T) {
	for name, copied := range map[string]func(t *testing.T, a *peer) (first, second *peer){
		"of a stopped one": func(t *testing.T, a *peer) (first, second *peer) {
			a.stop()
			copyTree(t, a.dir, a.dir+"-copy")
			return a, a.twin(a.dir + "-copy")
		},
		"of one that runs, and is killed": func(t *testing.T, a *peer) (first, second *peer) {
			for i := range 20 {
				a.ctl("put", fmt.Sprintf("other/%d", i), `{}`)
			}
			a.signal(syscall.SIGSTOP) // as it was at one moment, or a file may go while it is copied
			copyTree(t, a.dir, a.dir+"-copy")
			a.kill()
			return a, a.twin(a.dir + "-copy")
		},
		"a backup restored twice": func(t *testing.T, a *peer) (first, second *peer) {
			file := filepath.Join(t.TempDir(), "backup")
			a.ctl("backup", "--identity", file)
			a.stop()
			for _, to := range []string{"-1", "-2"} {
				if r := restore(t, a.dir+to, file); r.code != 0 {
					t.Fatalf("restore: %d %s", r.code, r.stderr)
				}
			}
			return a.twin(a.dir + "-1"), a.twin(a.dir + "-2")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := founders(t, "")
			invite := b.invite()
			x, y := copied(t, a)
			b.stop()
			takeTurns(t, x, y, b, invite)
		})
	}
}

// takeTurns lets two copies x and y write while they are alone, and then meet b.
func takeTurns(t *testing.T, x, y, b *peer, invite string) {
	t.Helper()
	const documents = 3
	x.start("--join", invite)
	y.start("--join", invite)
	x.writesOf("x", documents)
	y.writesOf("y", documents)
	b.start()
	for _, p := range []*peer{x, y} {
		p.knowsOfItsCopy("clone", "rollback")
	}
	// While both run each has b for a second or two, and what is under one dot is not compared.
	y.stop()
	converged(t, "c", x, b)
	x.stop()
	y.start()
	for _, p := range []*peer{y, b} {
		p.hasAllOf(documents, "x", "y")
	}
	converged(t, "c", y, b)
	y.stop()
	x.start()
	x.hasAllOf(documents, "x", "y")
	converged(t, "c", x, b)
	x.sees("c/count", `{"n":2}`)
	x.stop()
	if p, q := x.writesAs(), y.writesAs(); p == q {
		t.Errorf("both write as %s", p)
	}
}

// withoutPlace is a directory on a file system that says nothing of where it is, as those of
// cards do that another device may have copied block by block.
func withoutPlace(t *testing.T) string {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < 2<<30 {
		t.Skipf("no file system in memory with 2 GiB to spare: %v", err)
	}
	dir, err := os.MkdirTemp("/dev/shm", "crdtstore-")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestCopyHeardOf: neither of two copies can tell at its start that it is one, so that both
// write under the same dots. One has met a peer that is gone, the other one meets
// somebody who has only heard of that, and is told in its first session.
func TestCopyHeardOf(t *testing.T) {
	t.Parallel()
	const documents = 3
	x, b := founders(t, withoutPlace(t))
	d := startPeer(t, "d", "--join", b.invite())
	converged(t, "c", x, b, d)
	x.stop()
	copyTree(t, x.dir, x.dir+"-copy")
	y := x.twin(x.dir + "-copy")
	d.stop()
	x.start()
	x.writesOf("x", documents)
	b.hasAllOf(documents, "x")
	x.stop()
	d.start()
	d.hasAllOf(documents, "x")
	b.stop()
	d.stop()

	y.start() // meets nobody, and writes as much as x has written
	y.writesOf("y", documents)
	y.stop()
	d.start()
	y.start("--join", d.invite())
	y.knowsOfItsCopy("clone")
	d.hasAllOf(documents, "x", "y")
	y.hasAllOf(documents, "x", "y")
	y.stop()
	b.start()
	x.start()
	x.hasAllOf(documents, "x", "y")
	x.ctl("put", "c/later", `{}`)
	d.sees("c/later", `{}`)
	converged(t, "c", x, b, d)
	x.stop()
	if p, q := x.writesAs(), y.writesAs(); p == q {
		t.Errorf("both write as %s", p)
	}
}

// TestPutBackInPlace: the files of a data directory are replaced by those of an earlier
// day, in the place where they were. The node finds that at its start, by its note, and writes as
// much as it had written before: both is there in the end.
func TestPutBackInPlace(t *testing.T) {
	t.Parallel()
	const documents = 3
	a, b := founders(t, "")
	a.stop()
	copyTree(t, a.dir, a.dir+"-earlier")
	was := a.writesAs()
	a.start()
	a.writesOf("x", documents)
	b.hasAllOf(documents, "x")
	a.stop()
	b.stop()
	copyTree(t, a.dir+"-earlier", a.dir)
	a.start()
	if r := a.crdtctl("", "get", "c/x-0"); r.code != 3 {
		t.Fatalf("nothing was put back: %+v", r)
	}
	a.knowsOfItsCopy("rollback")
	a.writesOf("y", documents)
	b.start()
	for _, p := range []*peer{a, b} {
		p.hasAllOf(documents, "x", "y")
		p.sees("c/count", `{"n":2}`)
	}
	converged(t, "c", a, b)
	a.stop()
	if a.writesAs() == was {
		t.Errorf("it goes on as %s", was)
	}
}
