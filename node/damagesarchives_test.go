package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestDamagesInArchives: what goes into a backup or a bundle of a damaged store is right,
// or there is none: whoever takes it in holds nothing wrong, and nothing is deleted by it,
// whether it has the good copy or nothing. A bundle with the good copy that is taken in by
// the damaged store mends it, or leaves the damage to be seen.
func TestDamagesInArchives(t *testing.T) {
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, disk, said := newWorld(t), store.New(), &incidents{}
				a, b, c := w.open("a", node.Options{Store: disk, Events: said.events()}), w.open("b", node.Options{}), w.open("c", node.Options{})
				defer w.close(a, b, c)
				w.Partition([]string{"a", "b"}, []string{"c"})
				w.join(a, b, c)
				put(t, a, "c/j", `{"v":"new"}`)
				put(t, a, "c/k", `{"v":"old"}`)
				was := records(t, disk, "d", "c/k")
				for key, value := range records(t, disk, "i", "c/k") {
					was[key] = value
				}
				w.converge(a, b)
				put(t, b, "c/k", `{"v":"new"}`)
				w.converge(a, b)
				good, _ := export(t, b, node.ArchiveOptions{})
				w.Partition([]string{"a"}, []string{"b"}, []string{"c"})
				h.do(t, disk, "c", was)
				spread(t, h, said, a, b, c)
				mends(t, a, good, said)
				w.Heal()
				w.converge(a, b, c)
				for _, n := range []*node.Node{a, b, c} {
					want(t, n, "c/j", `{"v":"new"}`)
					if got := eventually(t, n, "c", `{"v":"new"}`); got != `{"v":"new"}` {
						t.Errorf("in the end %s holds %s", n.Name(), got)
					}
				}
			})
		})
	}
}

// spread takes a backup and a bundle of a damaged node to one that has the good copy, b, and to
// two that have nothing. A damage that a has said by then may be left out of both: nothing is
// known of the keys around it (Law I), and who has nothing gets nothing.
func spread(t *testing.T, h harm, said *incidents, a, b, c *node.Node) {
	t.Helper()
	may := func() []string {
		bubble.Wait() // for a check that what was not sound has begun
		if said.count(node.Damage) > 0 {
			return []string{"new", h.list, "absent"}
		}
		return []string{"new", h.list}
	}
	var whole, bundle bytes.Buffer
	if _, err := a.Backup(t.Context(), &whole, node.ArchiveOptions{}); err == nil {
		path := filepath.Join(t.TempDir(), "backup")
		if err := os.WriteFile(path, whole.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		fresh, _ := restored(t, node.Options{}, path)
		brings(t, "a backup", fresh, may()...)
		if err := fresh.Close(); err != nil {
			t.Error(err)
		}
	} else if !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("backup: %v", err)
	}
	_, err := a.ExportBundle(t.Context(), &bundle, node.ArchiveOptions{})
	if err != nil && !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("bundle: %v", err)
	}
	for _, n := range []*node.Node{b, c} {
		_, imported := n.ImportBundle(t.Context(), bytes.NewReader(bundle.Bytes()))
		if err != nil && !errors.Is(imported, node.ErrArchive) {
			t.Errorf("a bundle that broke off was not refused: %v", imported)
		}
		if err == nil && imported != nil {
			t.Errorf("import: %v", imported)
		}
	}
	brings(t, "a bundle, to who has it,", b, "new")
	if err == nil {
		brings(t, "a bundle", c, may()...)
	} else if all := collections(t, c); len(all) > 0 {
		t.Errorf("a bundle that was refused brought %v", all)
	}
}

// brings looks at the document on a node that took something in.
func brings(t *testing.T, what string, n *node.Node, may ...string) {
	t.Helper()
	if got := outcome(n.Collection("c").Get(t.Context(), "k")); !slices.Contains(may, got) {
		t.Errorf("%s brings %s, want %v", what, got, may)
	}
	if got := meets(t, n, "", "c", "verify"); got != "silent" {
		t.Errorf("%s leaves something that is not sound at %s", what, n.Name())
	}
}

// mends takes a bundle with the good copy into the damaged node: if the document is not what
// it was, that is said, by a check or in the moment.
func mends(t *testing.T, a *node.Node, good []byte, said *incidents) {
	t.Helper()
	_, err := a.ImportBundle(t.Context(), bytes.NewReader(good))
	got, check := outcome(a.Collection("c").Get(t.Context(), "k")), meets(t, a, "", "c", "verify")
	listed := meets(t, a, "", "c", "list")
	if (got != "new" || listed != "new") && check != "said" && said.count(node.Damage) == 0 {
		t.Errorf("a bundle has hidden the damage: read %s, listed %s, check %s, import %v", got, listed, check, err)
	}
	t.Logf("after the import (%v): read %s, listed %s, check %s", err, got, listed, check)
}

// rereads gives one content when it is read first, and another after it was rewound.
type rereads struct {
	*bytes.Reader
	then []byte
}

func (r *rereads) Seek(offset int64, whence int) (int64, error) {
	r.Reader = bytes.NewReader(r.then)
	return r.Reader.Seek(offset, whence)
}

// stored is all that a store holds.
func stored(t *testing.T, disk storage.Store) string {
	t.Helper()
	var all bytes.Buffer
	err := disk.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{}) {
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, "%q %q\n", item.Key, item.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestDamagedBundles: a bundle that is cut off anywhere, and one of which any bit has
// changed, is refused before anything is written. One that changes while it is merged, when
// it was found sound, brings nothing that was not in it.
func TestDamagedBundles(t *testing.T) {
	w := newWorld(t)
	w.Partition([]string{"a"}, []string{"b"})
	disk := store.New()
	a, b := w.open("a", node.Options{}), w.open("b", node.Options{Store: disk})
	defer w.close(a, b)
	w.join(a, b)
	for _, key := range []string{"i", "j", "k"} {
		put(t, a, "c/"+key, `{"v":"new"}`)
	}
	del(t, a, "c/i")
	put(t, b, "own/k", `{"v":"new"}`)
	sound, _ := export(t, a, node.ArchiveOptions{})
	before := stored(t, disk)
	refused := func(what string, bundle []byte) {
		if _, err := b.ImportBundle(t.Context(), bytes.NewReader(bundle)); !errors.Is(err, node.ErrArchive) && !errors.Is(err, node.ErrForeign) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for n := range sound {
		refused(fmt.Sprintf("the first %d bytes", n), sound[:n])
		for bit := range 8 {
			flipped := bytes.Clone(sound)
			flipped[n] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of byte %d", bit, n), flipped)
		}
	}
	refused("a byte more", append(bytes.Clone(sound), 0))
	if after := stored(t, disk); after != before {
		t.Fatalf("something was written:\n%s\nbefore:\n%s", after, before)
	}
	for n := range sound {
		flipped := bytes.Clone(sound)
		flipped[n] ^= 1 << (n % 8)
		for _, then := range [][]byte{flipped, sound[:n]} {
			_, err := b.ImportBundle(t.Context(), &rereads{bytes.NewReader(sound), then})
			if err == nil {
				t.Errorf("byte %d, changed between the readings: no error", n)
			}
			for _, key := range []string{"j", "k"} {
				if got := outcome(b.Collection("c").Get(t.Context(), key)); got != "absent" && got != "new" {
					t.Errorf("byte %d, changed between the readings: %s is %s", n, key, got)
				}
			}
		}
	}
	if _, err := b.ImportBundle(t.Context(), bytes.NewReader(sound)); err != nil {
		t.Fatal(err)
	}
	carry(t, b, a, node.ArchiveOptions{})
	equal(t, b, a)
	t.Logf("%d truncations and %d flips of a bundle refused", len(sound), 8*len(sound))
}

var _ io.ReadSeeker = (*rereads)(nil)
