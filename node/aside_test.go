package node_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// filledDir is a data directory that was closed, and what it holds: address → JSON.
func filledDir(t *testing.T, documents int) (dir string, held map[string]string) {
	t.Helper()
	dir, held = t.TempDir(), map[string]string{}
	n := openDir(t, dir)
	for _, c := range []string{"c", "other"} {
		var items []node.PutItem
		for i := range documents {
			key, body := fmt.Sprintf("k%04d", i), fmt.Sprintf(`{"i":%d}`, i)
			items = append(items, node.PutItem{Key: key, JSON: []byte(body)})
			held[c+"/"+key] = body
		}
		if _, err := n.Collection(c).PutAll(t.Context(), items); err != nil {
			t.Fatal(err)
		}
	}
	put(t, n.Node, "c/gone", `1`)
	if _, err := n.Collection("c").Delete(t.Context(), "gone", node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, held
}

// heldBy is what a node holds.
func heldBy(t *testing.T, n *node.Node) map[string]string {
	t.Helper()
	held := map[string]string{}
	collections, err := n.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range collections {
		for d, err := range n.Collection(c.Name).All(t.Context(), node.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			held[c.Name+"/"+d.Key()] = string(d.JSON())
		}
	}
	return held
}

// breakManifest makes a store one that cannot be opened, but read as a whole.
func breakManifest(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "store", "MANIFEST")
	b, err := os.ReadFile(path)
	if err == nil {
		b[0] ^= 1
		err = os.WriteFile(path, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestAsideInterrupted: a process that is killed between any two steps of making a damaged
// store anew leaves one that the next start ends with: everything that the damaged one
// held is there, nothing that was removed, and the damaged one is beside it.
func TestAsideInterrupted(t *testing.T) {
	rename := func(from, to string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
				t.Fatal(err)
			}
		}
	}
	mkdir := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	half := func(t *testing.T, dir string) { // begun, with nothing whole in it
		mkdir("rebuilding")(t, dir)
		if err := os.WriteFile(filepath.Join(dir, "rebuilding", "000001.sst"), []byte("half of it"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func(t *testing.T, dir string) {
		if err := openDir(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name   string
		steps  []func(*testing.T, string) // after the store was damaged
		asides int
	}{
		{"not begun", nil, 1},
		{"the directory is made", []func(*testing.T, string){mkdir("aside-20200101T000000Z")}, 2},
		{"the new store is begun", []func(*testing.T, string){mkdir("aside-20200101T000000Z"), half}, 2},
		{"the first one is read for another", []func(*testing.T, string){mkdir("rebuilding.read"), half}, 1},
		{"the new store is whole", []func(*testing.T, string){start, rename("store", "rebuilding"), func(t *testing.T, dir string) {
			rename(filepath.Base(theAside(t, dir))+"/store", "store")(t, dir)
		}}, 2},
		{"the damaged one is away", []func(*testing.T, string){start, rename("store", "rebuilding")}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, held := filledDir(t, 20)
			breakManifest(t, dir)
			for _, step := range c.steps {
				step(t, dir)
			}
			n := openDir(t, dir)
			defer n.Close()
			if got := heldBy(t, n.Node); !maps.Equal(got, held) {
				t.Errorf("%d documents, were %d", len(got), len(held))
			}
			asides, err := filepath.Glob(filepath.Join(dir, "aside-*"))
			if err != nil || len(asides) != c.asides {
				t.Errorf("put aside: %v %v", asides, err)
			}
			for _, left := range []string{"rebuilding", "rebuilding.read"} {
				if _, err := os.Stat(filepath.Join(dir, left)); err == nil {
					t.Errorf("%s is left", left)
				}
			}
		})
	}
}

// theAside is the directory of the one store that was moved aside.
func theAside(t *testing.T, dir string) string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "aside-*"))
	if err != nil || len(all) != 1 {
		t.Fatalf("put aside: %v %v", all, err)
	}
	return all[0]
}

// TestStateLost: a store that has lost what it knows of a collection, and nothing else, takes all of its
// documents over, though nobody else has any: the fingerprints of its transactions tell how far it has counted. Other
// collections are as they were.
func TestStateLost(t *testing.T) {
	dir, held := filledDir(t, storage.MaxQuarantined+100)
	s, err := badger.Open(filepath.Join(dir, "store"), badger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(tx storage.Tx) error { return tx.Delete([]byte("cc")) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	n := openDir(t, dir)
	defer n.Close()
	if !slices.Contains(n.kinds(), node.FindingAside) {
		t.Errorf("told: %v", n.kinds())
	}
	got := heldBy(t, n.Node)
	if _, err := os.Stat(filepath.Join(theAside(t, dir), "not-salvaged.ndjson")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("some were not taken over: %v", err)
	}
	if !maps.Equal(got, held) {
		t.Errorf("%d documents are here, were %d", len(got), len(held))
	}
}

// TestDamagedFiles: a damaged file beside the store does not keep a node from starting: it
// says so, puts it aside, and goes on. Without the device key or the mesh secret it does not
// start, and names the file and what to do.
func TestDamagedFiles(t *testing.T) {
	for name, kind := range map[string]string{
		"peers.json": node.DamagedFile, "listen.json": node.DamagedFile, "watermark": node.Watermark,
		"device.key": "", "mesh.secret": "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			open := func(told *[]string) (*node.Node, error) {
				return node.Open(t.Context(), node.Options{Dir: dir, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, NoMDNS: true, Events: node.Events{
					Incident: func(e node.IncidentEvent) { *told = append(*told, e.Kind) },
				}})
			}
			var told []string
			n, err := open(&told)
			if err != nil {
				t.Fatal(err)
			}
			put(t, n, "c/k", `1`)
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte("{\x00\x01not it"), 0o600); err != nil {
				t.Fatal(err)
			}
			var found []string
			if err := node.VerifyDir(t.Context(), dir, nil, func(where, _ string) { found = append(found, where) }); err != nil || !slices.Equal(found, []string{name}) {
				t.Errorf("a check names %v: %v", found, err)
			}
			n, err = open(&told)
			if kind == "" {
				if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "put it back") {
					t.Errorf("the node says %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			if !slices.Contains(told, kind) || show(t, n, "c/k") != `1` {
				t.Errorf("told: %v", told)
			}
			if _, err := os.Stat(path + ".damaged"); kind == node.DamagedFile && err != nil {
				t.Error(err)
			}
		})
	}
}

// TestVerifyDirNames: a check of a directory names the damaged table, and nothing of a
// sound one.
func TestVerifyDirNames(t *testing.T) {
	dir, _ := filledDir(t, 200)
	verify := func() (found []string) {
		if err := node.VerifyDir(t.Context(), dir, nil, func(where, what string) { found = append(found, where+": "+what) }); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := verify(); len(found) > 0 {
		t.Errorf("sound: %v", found)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "store", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%v %v", tables, err)
	}
	b, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 1
	if err := os.WriteFile(tables[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if found := verify(); len(found) == 0 || !strings.HasPrefix(found[0], filepath.Base(tables[0])) {
		t.Errorf("damaged: %v", found)
	}
}

// TestAsideSays: documents that are in doubt are counted where there are any.
func TestAsideSays(t *testing.T) {
	for _, c := range []struct {
		aside node.Aside
		want  string
	}{
		{node.Aside{Whole: true, Taken: 3}, "all that it held was read"},
		{node.Aside{}, "is in the new one; peers bring what they have"},
		{node.Aside{Taken: 2}, "what could be read of it is in the new one, 2 documents"},
		{node.Aside{Taken: 2, Beside: []string{"c/a", "c/b"}}, "half of a count: c/a, c/b"},
		{node.Aside{Left: 1}, "documents taken over: 0, that could be read and were not: 1, that could not be read: 0"},
	} {
		if got := c.aside.String(); !strings.Contains(got, c.want) {
			t.Errorf("%+v: %s", c.aside, got)
		}
	}
}
