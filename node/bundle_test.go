package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// export is a bundle in memory.
func export(t testing.TB, n *node.Node, o node.ArchiveOptions) ([]byte, node.ArchiveReport) {
	t.Helper()
	var b bytes.Buffer
	report, err := n.ExportBundle(t.Context(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), report
}

// carry takes what one has to another.
func carry(t testing.TB, from, to *node.Node, o node.ArchiveOptions) node.ImportReport {
	t.Helper()
	b, _ := export(t, from, o)
	report, err := to.ImportBundle(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func known(t testing.TB, n *node.Node) string {
	t.Helper()
	k, err := n.Known(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// strangers are two members of one mesh that never meet.
func strangers(t *testing.T, c *calendar) (w *world, a, b *node.Node) {
	t.Helper()
	w = newWorld(t)
	w.Partition([]string{"a"}, []string{"b"})
	a, b = w.open("a", node.Options{Clock: c.now}), w.open("b", node.Options{Clock: c.now})
	w.join(a, b)
	t.Cleanup(func() { w.close(a, b) })
	return w, a, b
}

// TestBundlesConverge: two peers that never met hold the same after a file went
// each way, and again after they have changed and removed the same documents.
func TestBundlesConverge(t *testing.T) {
	c := &calendar{}
	_, a, b := strangers(t, c)
	for i := range 30 {
		put(t, a, fmt.Sprintf("docs/%02d", i), fmt.Sprintf(`{"n":%d,"seen":{"$counter":1}}`, i))
		put(t, b, fmt.Sprintf("docs/%02d", i+15), fmt.Sprintf(`{"m":%d,"seen":{"$counter":1}}`, i))
	}
	put(t, b, "texts/t", `{"$text":"hello"}`)
	for range 3 {
		if r := carry(t, a, b, node.ArchiveOptions{}); len(r.Refused) > 0 || r.Changed == 0 {
			t.Errorf("%+v", r)
		}
		carry(t, b, a, node.ArchiveOptions{Since: known(t, a)})
		equal(t, a, b)
		if r := carry(t, b, a, node.ArchiveOptions{}); r.Changed != 0 {
			t.Errorf("the same again changed %d documents", r.Changed)
		}
		patch(t, a, "docs/20", `{"n":"a"}`)
		patch(t, b, "docs/20", `{"n":"b"}`)
		edit(t, a, "texts/t", `[{"op":"insert","path":"","at":0,"text":"a"}]`)
		edit(t, b, "texts/t", `[{"op":"insert","path":"","at":5,"text":"b"}]`)
		patch(t, a, "docs/21", `{"n":1}`)
		if show(t, b, "docs/22") != "not found" {
			del(t, b, "docs/22")
		}
	}
	carry(t, a, b, node.ArchiveOptions{Since: known(t, b)})
	carry(t, b, a, node.ArchiveOptions{Since: known(t, a)})
	equal(t, a, b)
	want(t, a, "docs/22", "not found")
	want(t, b, "docs/16", `{"m":1,"n":16,"seen":2}`)
}

// TestBundleOverWhatIsForgotten: removals that one side has forgotten, with the
// documents still at the other, which has edited some of them.
func TestBundleOverWhatIsForgotten(t *testing.T) {
	c := &calendar{}
	_, a, b := strangers(t, c)
	for i := range 40 {
		put(t, a, fmt.Sprintf("docs/%02d", i), fmt.Sprintf(`{"n":%d}`, i))
	}
	carry(t, a, b, node.ArchiveOptions{})
	first := known(t, b)
	for i := range 20 {
		del(t, a, fmt.Sprintf("docs/%02d", i))
	}
	if _, err := a.Root(t.Context(), "docs"); err != nil {
		t.Fatal(err)
	}
	c.pass(t, 100, a)
	if forgotten(t, a, "docs").Equal(crdt.Knowledge{}) {
		t.Fatal("nothing was forgotten")
	}
	patch(t, b, "docs/07", `{"mine":1}`)
	put(t, b, "docs/own", `2`)
	patch(t, b, "docs/30", `{"mine":3}`)
	if _, r := export(t, a, node.ArchiveOptions{Since: first}); r.Documents != 20 {
		t.Errorf("%d documents: not all, though what was removed is forgotten", r.Documents)
	}
	carry(t, a, b, node.ArchiveOptions{Since: first})
	for i := range 20 {
		if i != 7 {
			want(t, b, fmt.Sprintf("docs/%02d", i), "not found")
		}
	}
	want(t, b, "docs/07", `{"mine":1}`)
	want(t, b, "docs/30", `{"n":30,"mine":3}`)
	carry(t, b, a, node.ArchiveOptions{Since: known(t, a)})
	equal(t, a, b)
	want(t, a, "docs/own", "2")
	want(t, a, "docs/07", `{"mine":1}`)
}

// TestBundlesThatAreRefused: of another mesh, changed, cut off, or built on what
// is not here. The reason is said, and nothing is written.
func TestBundlesThatAreRefused(t *testing.T) {
	c := &calendar{}
	w, a, b := strangers(t, c)
	foreign := w.open("c", node.Options{})
	defer w.close(foreign)
	put(t, a, "docs/k", `1`)
	put(t, foreign, "docs/k", `"theirs"`)
	before := known(t, a)
	put(t, a, "docs/l", `2`)
	whole, _ := export(t, a, node.ArchiveOptions{})
	rest, _ := export(t, a, node.ArchiveOptions{Since: before})
	theirs, _ := export(t, foreign, node.ArchiveOptions{})
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 4
	for _, x := range []struct {
		name   string
		bundle []byte
		err    error
		says   string
	}{
		{"of another mesh", theirs, node.ErrForeign, "written in another one"},
		{"changed", flipped, node.ErrArchive, "at byte"},
		{"cut off", whole[:len(whole)-1], node.ErrArchive, "ends too early"},
		{"built on what is not here", rest, node.ErrMissing, "docs: it builds on changes that are not here: " + a.Replica().String()},
		{"sealed by nobody", resealed(t, whole), node.ErrForeign, "does not know the mesh secret"},
		{"no bundle", []byte("PK\x03\x04 and so on, as a file may be"), node.ErrArchive, "does not begin as one"},
	} {
		_, err := b.ImportBundle(t.Context(), bytes.NewReader(x.bundle))
		if !errors.Is(err, x.err) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.name, err)
		}
		if all := collections(t, b); len(all) > 0 {
			t.Fatalf("%s: %v was written", x.name, all)
		}
	}
	if _, err := b.ImportBundle(t.Context(), bytes.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ImportBundle(t.Context(), bytes.NewReader(rest)); err != nil {
		t.Fatal(err)
	}
	equal(t, b, a)
}

// TestBundleForAPeer: what a peer has shown to hold is left out; of one that was
// not met nothing is known.
func TestBundleForAPeer(t *testing.T) {
	w := newWorld(t)
	nodes := w.mesh("a", "b")
	a, b := nodes[0], nodes[1]
	defer w.close(a, b)
	put(t, a, "docs/k", `1`)
	w.converge(a, b)
	w.Partition([]string{"a"}, []string{"b"})
	put(t, a, "docs/l", `2`)
	bundle, r := export(t, a, node.ArchiveOptions{For: "b"})
	if r.Documents != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := b.ImportBundle(t.Context(), bytes.NewReader(bundle)); err != nil {
		t.Fatal(err)
	}
	want(t, b, "docs/l", "2")
	if _, err := a.ExportBundle(t.Context(), &bytes.Buffer{}, node.ArchiveOptions{For: "nobody"}); !errors.Is(err, node.ErrUnknownPeer) {
		t.Errorf("for nobody: %v", err)
	}
	if _, err := alone(t, node.Options{}).ExportBundle(t.Context(), &bytes.Buffer{}, node.ArchiveOptions{}); !errors.Is(err, node.ErrNoNetwork) {
		t.Errorf("without a mesh: %v", err)
	}
}

// TestBundleForAPeerOfEarlier: what a peer has shown is left out after a stop and after a kill, too.
func TestBundleForAPeerOfEarlier(t *testing.T) {
	for _, kill := range []bool{false, true} {
		bubble.Test(t, func(t *testing.T) {
			w := newWorld(t)
			b := w.open("b", node.Options{})
			s := newShed(w, b)
			defer func() { w.close(s.Node, b) }()
			put(t, s.Node, "docs/k", `1`)
			w.converge(s.Node, b)
			time.Sleep(2 * time.Minute) // it is kept
			w.Partition([]string{"shed"}, []string{"b"})
			put(t, s.Node, "docs/l", `2`)
			s.restart(kill)
			bundle, r := export(t, s.Node, node.ArchiveOptions{For: "b"})
			if r.Documents != 1 {
				t.Errorf("killed %v: %+v", kill, r)
			}
			if _, err := b.ImportBundle(t.Context(), bytes.NewReader(bundle)); err != nil {
				t.Fatal(err)
			}
			want(t, b, "docs/l", "2")
		})
	}
}

// TestBundleIntoAScope: what a node does not hold is left out of what it takes
// in.
func TestBundleIntoAScope(t *testing.T) {
	c := &calendar{}
	_, a, b := strangers(t, c)
	if err := b.SetScope(t.Context(), []string{"docs/b", "notes"}, node.ScopeOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"docs/a", "docs/b1", "docs/b2", "docs/c", "notes/n", "other/o"} {
		put(t, a, k, `1`)
	}
	carry(t, a, b, node.ArchiveOptions{})
	want(t, b, "docs/b2", "1")
	want(t, b, "notes/n", "1")
	if all := strings.Join(collections(t, b), " "); all != "docs notes" {
		t.Errorf("%s", all)
	}
	put(t, b, "docs/b3", `2`)
	carry(t, b, a, node.ArchiveOptions{Since: known(t, a)})
	want(t, a, "docs/b3", "2")
	want(t, a, "docs/c", "1")
	if r := carry(t, a, b, node.ArchiveOptions{Since: known(t, b)}); r.Changed != 0 {
		t.Errorf("%+v", r)
	}
}
