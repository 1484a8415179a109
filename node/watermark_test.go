package node_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
)

// opened is a node on a directory, with what it has told while it was opened.
type opened struct {
	*node.Node
	incidents []node.IncidentEvent
	renewed   []node.IncarnationEvent
}

func openDir(t *testing.T, dir string) *opened {
	t.Helper()
	o := &opened{}
	n, err := node.Open(t.Context(), node.Options{Dir: dir, Events: node.Events{
		Incident:    func(e node.IncidentEvent) { o.incidents = append(o.incidents, e) },
		Incarnation: func(e node.IncarnationEvent) { o.renewed = append(o.renewed, e) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	o.Node = n
	return o
}

// kinds are the kinds of the incidents, each once, in order.
func (o *opened) kinds() (all []string) {
	for _, e := range o.incidents {
		if !slices.Contains(all, e.Kind) {
			all = append(all, e.Kind)
		}
	}
	slices.Sort(all)
	return all
}

func (o *opened) shut(t *testing.T) {
	t.Helper()
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
}

func copyDir(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// TestWatermark does to data directories what users do to them, and looks at
// what the next start makes of it.
func TestWatermark(t *testing.T) {
	for _, c := range []struct {
		name string
		// harm is done to dir between two runs; earlier is what it was after the
		// first three of five changes, other one of another store with the same key.
		harm  func(t *testing.T, dir, earlier, other string)
		kinds []string
	}{
		{"nothing", func(*testing.T, string, string, string) {}, nil},
		{"the store is put back", func(t *testing.T, dir, earlier, _ string) {
			replace(t, filepath.Join(dir, "store"), filepath.Join(earlier, "store"))
		}, []string{node.Clone, node.Rollback}},
		{"the whole directory is put back", func(t *testing.T, dir, earlier, _ string) { replace(t, dir, earlier) }, []string{node.Clone}},
		{"all files are put back where they were", func(t *testing.T, dir, earlier, _ string) {
			for _, in := range []string{"store", "."} { // the directories stay
				files, err := filepath.Glob(filepath.Join(dir, in, "*"))
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range files {
					if filepath.Base(f) == "store" {
						continue
					}
					if err := os.RemoveAll(f); err != nil {
						t.Fatal(err)
					}
				}
			}
			if out, err := exec.Command("cp", "-a", earlier+"/.", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}, []string{node.Rollback}},
		{"the store is removed", func(t *testing.T, dir, _, _ string) {
			if err := os.RemoveAll(filepath.Join(dir, "store")); err != nil {
				t.Fatal(err)
			}
		}, []string{node.Clone, node.Rollback}},
		{"the watermark of another store", func(t *testing.T, dir, _, other string) {
			copyFile(t, filepath.Join(other, "watermark"), filepath.Join(dir, "watermark"))
		}, []string{node.Clone, node.Rollback}},
		{"an earlier watermark", func(t *testing.T, dir, earlier, _ string) {
			copyFile(t, filepath.Join(earlier, "watermark"), filepath.Join(dir, "watermark"))
		}, []string{node.Rollback}},
		{"no watermark", func(t *testing.T, dir, _, _ string) {
			if err := os.Remove(filepath.Join(dir, "watermark")); err != nil {
				t.Fatal(err)
			}
		}, []string{node.Watermark}},
		{"a cut watermark", func(t *testing.T, dir, _, _ string) {
			if err := os.Truncate(filepath.Join(dir, "watermark"), 100); err != nil {
				t.Fatal(err)
			}
		}, []string{node.Watermark}},
		{"a flipped bit in the watermark", func(t *testing.T, dir, _, _ string) {
			path := filepath.Join(dir, "watermark")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 4
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}, []string{node.Watermark}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, earlier, other := filepath.Join(t.TempDir(), "data"), t.TempDir(), t.TempDir()
			was := writeSome(t, dir, 3)
			copyDir(t, dir, earlier)
			if again := writeSome(t, dir, 2); again != was {
				t.Fatalf("a clean stop made %s of %s", again, was)
			}
			writeSome(t, other, 1)
			c.harm(t, dir, earlier, other)
			o := openDir(t, dir)
			if got := o.kinds(); !slices.Equal(got, c.kinds) {
				t.Errorf("incidents %+v", o.incidents)
			}
			if renewed := o.Replica() != was; renewed != (c.kinds != nil) || renewed != (len(o.renewed) == 1) {
				t.Errorf("%s after %s, told %v", o.Replica(), was, o.renewed)
			}
			as := o.Replica()
			o.shut(t)
			o = openDir(t, dir) // said once
			if len(o.incidents) > 0 || o.Replica() != as {
				t.Errorf("said again: %+v, %s after %s", o.incidents, o.Replica(), as)
			}
			put(t, o.Node, "c/last", `1`)
			o.shut(t)
		})
	}
}

// writeSome opens dir, writes so many documents, and closes it.
func writeSome(t *testing.T, dir string, n int) crdt.ReplicaID {
	t.Helper()
	o := openDir(t, dir)
	if len(o.incidents) > 0 {
		t.Errorf("incidents of an untouched directory: %+v", o.incidents)
	}
	for i := range n {
		put(t, o.Node, fmt.Sprintf("c/%d", i), fmt.Sprintf(`{"n":%d}`, n))
	}
	defer o.shut(t)
	return o.Replica()
}

func replace(t *testing.T, dir, by string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	copyDir(t, by, dir)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
