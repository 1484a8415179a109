package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// furnish gives a node what makes backups hard: every type, conflicts of
// concurrent edits, large texts, removals, and removals that are forgotten.
func furnish(t *testing.T, w *world, c *calendar, a, b *node.Node) {
	t.Helper()
	for i := range 40 {
		put(t, a, fmt.Sprintf("docs/%02d", i), fmt.Sprintf(`{"n":%d,"seen":{"$counter":%d},"tags":{"$set":["x",%d]},"list":[1,{"a":null}]}`, i, i, i))
	}
	put(t, a, "texts/long", fmt.Sprintf(`{"text":{"$text":%q}}`, strings.Repeat("All work and no play. ", 900)))
	put(t, a, "other/blob", `{"b":{"$bytes":"AAEC"},"f":1.5}`)
	w.join(a, b)
	w.converge(a, b)
	for i := range 10 {
		del(t, a, fmt.Sprintf("docs/%02d", i))
	}
	w.converge(a, b)
	c.pass(t, 70, a, b)
	if forgotten(t, a, "docs").Equal(crdt.Knowledge{}) {
		t.Fatal("nothing was forgotten")
	}
	w.Partition([]string{"a"}, []string{"b"})
	put(t, a, "docs/30", `{"n":"here"}`)
	put(t, b, "docs/30", `{"n":"there"}`)
	del(t, b, "docs/31")
	patch(t, a, "docs/31", `{"n":"kept"}`)
	for i := range 30 {
		edit(t, b, "texts/long", fmt.Sprintf(`[{"op":"insert","path":"/text","at":%d,"text":"%d "}]`, i*7, i))
	}
	w.Heal()
	w.converge(a, b)
	del(t, a, "docs/12")
	put(t, a, "docs/new", `{"last":true}`)
}

// edit applies typed operations.
func edit(t testing.TB, n *node.Node, address, ops string) {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	parsed, err := crdt.ParseOps([]byte(ops))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Collection(c).Apply(t.Context(), k, parsed, node.PutOptions{}); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
}

// backup writes a file.
func backup(t testing.TB, n *node.Node, o node.ArchiveOptions) (path string, report node.ArchiveReport) {
	t.Helper()
	var b bytes.Buffer
	report, err := n.Backup(t.Context(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "backup")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if int(report.Bytes) != b.Len() {
		t.Errorf("%d bytes were reported, %d written", report.Bytes, b.Len())
	}
	return path, report
}

// restored opens what Restore makes of files.
func restored(t *testing.T, o node.Options, files ...string) (*node.Node, node.RestoreReport) {
	t.Helper()
	o.Dir = filepath.Join(t.TempDir(), "restored")
	report, err := node.Restore(t.Context(), node.Options{Dir: o.Dir}, node.RestoreOptions{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(o.Dir); err != nil || len(entries) == 0 || strings.HasPrefix(entries[0].Name(), ".restored") {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
	n, err := node.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n, report
}

// equal compares all that two nodes hold: roots, knowledge, and what is forgotten.
func equal(t *testing.T, got, want *node.Node) {
	t.Helper()
	names := collections(t, want)
	if has := collections(t, got); strings.Join(has, " ") != strings.Join(names, " ") {
		t.Errorf("collections %v, want %v", has, names)
	}
	roots(t, want, got)
	for _, c := range names {
		x, err := node.Knows(got, c)
		y, err2 := node.Knows(want, c)
		if err := errors.Join(err, err2); err != nil || !x.Equal(y) {
			t.Errorf("%s: knows %s, want %s; %v", c, x, y, err)
		}
		if x, y := forgotten(t, got, c), forgotten(t, want, c); !x.Equal(y) {
			t.Errorf("%s: has forgotten %s, want %s", c, x, y)
		}
	}
}

// TestBackupAndRestore: what comes back is what was there: documents, conflicts,
// knowledge and what is forgotten; from one file, or from several.
func TestBackupAndRestore(t *testing.T) {
	w, c := newWorld(t), &calendar{}
	a, b := w.open("a", node.Options{Clock: c.now}), w.open("b", node.Options{Clock: c.now})
	defer w.close(a, b)
	furnish(t, w, c, a, b)
	whole, report := backup(t, a, node.ArchiveOptions{})
	n, got := restored(t, node.Options{}, whole)
	equal(t, n, a)
	if got.Documents != report.Documents || got.Identity || n.Replica() == a.Replica() || len(got.Refused) > 0 {
		t.Errorf("restored %+v as %s, of %+v", got, n.Replica(), report)
	}
	if x, y := conflicts(t, n, "docs/30"), conflicts(t, a, "docs/30"); x != y || x == "" {
		t.Errorf("conflicts %q, want %q", x, y)
	}
	// It is a store like any other: what it writes goes on, and is backed up.
	put(t, n, "docs/more", `1`)
	patch(t, n, "docs/30", `{"n":"resolved here"}`)
	edit(t, n, "texts/long", `[{"op":"insert","path":"/text","at":5,"text":"!"}]`)
	second, _ := backup(t, n, node.ArchiveOptions{})
	m, _ := restored(t, node.Options{}, second)
	equal(t, m, n)

	put(t, a, "docs/after", `{"a":1}`)
	del(t, a, "docs/20")
	edit(t, b, "texts/long", `[{"op":"insert","path":"/text","at":0,"text":"Later. "}]`)
	w.converge(a, b)
	first, then := backup(t, a, node.ArchiveOptions{Since: report.Known})
	if then.Documents != 2 || then.Removed != 1 {
		t.Errorf("an incremental backup of %+v", then)
	}
	put(t, a, "fresh/one", `{"b":2}`)
	next, _ := backup(t, a, node.ArchiveOptions{Since: then.Known})
	n, _ = restored(t, node.Options{}, whole, first, next)
	equal(t, n, a)

	for _, x := range []struct {
		files []string
		err   error
		says  string
	}{
		{[]string{first, next}, node.ErrMissing, "begin with a whole one"},
		{[]string{whole, next, first}, node.ErrMissing, "in the order in which they were made"},
		{[]string{whole, filepath.Join(t.TempDir(), "none")}, os.ErrNotExist, "none"},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		_, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: x.files})
		if !errors.Is(err, x.err) || !strings.Contains(err.Error(), x.says) {
			t.Errorf("restore of %d files: %v", len(x.files), err)
		}
		absent(t, dir)
	}
}

func conflicts(t *testing.T, n *node.Node, address string) string {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	d, err := n.Collection(c).ConflictsOf(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, x := range d.Conflicts {
		fmt.Fprintf(&out, "%s: %d\n", x.Path, len(x.Candidates))
	}
	return out.String()
}

// absent wants that there is nothing.
func absent(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		t.Errorf("%s holds %v", dir, entries)
	}
}

// TestRestoredIdentity: with its identity a store goes on as the same device in
// the same mesh, and never as the replica that the backup was made by.
func TestRestoredIdentity(t *testing.T) {
	w := newWorld(t)
	a, b := w.open("a", node.Options{Dir: t.TempDir()}), w.open("b", node.Options{})
	defer w.close(b)
	put(t, a, "docs/k", `1`)
	w.join(a, b)
	w.converge(a, b)
	with, _ := backup(t, a, node.ArchiveOptions{Identity: true})
	put(t, a, "docs/later", `"acknowledged, and held by b alone"`)
	del(t, a, "docs/k")
	w.converge(a, b)
	old := a.Replica()
	device, err := os.ReadFile(filepath.Join(a.Dir(), "device.key"))
	if err != nil {
		t.Fatal(err)
	}
	w.close(a)

	n, report := restored(t, node.Options{Network: w.factory("a")}, with)
	again, err := os.ReadFile(filepath.Join(n.Dir(), "device.key"))
	if err != nil || !bytes.Equal(device, again) || !report.Identity {
		t.Errorf("another device: %v, %+v", err, report)
	}
	if n.Replica() == old {
		t.Fatal("it goes on as the replica that it was")
	}
	put(t, n, "docs/mine", `2`) // the counter of the old one would be taken
	w.join(b, n)                // tells where b is: the mesh is the same
	w.converge(n, b)
	for _, x := range []*node.Node{n, b} {
		want(t, x, "docs/k", "not found")
		want(t, x, "docs/later", `"acknowledged, and held by b alone"`)
		want(t, x, "docs/mine", "2")
	}

	dir := filepath.Join(t.TempDir(), "other")
	if _, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{with}, NewIdentity: true}); err != nil {
		t.Fatal(err)
	}
	if other, err := os.ReadFile(filepath.Join(dir, "device.key")); err != nil || bytes.Equal(device, other) {
		t.Errorf("the same device, or %v", err)
	}
}

// TestOldBackupResurrectsNothing: documents were removed after the backup was
// made, and everybody has forgotten that. Who was restored from it, and has edits of its
// own, loses them when it meets the others, and keeps the edits.
func TestOldBackupResurrectsNothing(t *testing.T) {
	w, c := newWorld(t), &calendar{}
	a, b := w.open("a", node.Options{Clock: c.now}), w.open("b", node.Options{Clock: c.now})
	defer w.close(b)
	for i := range 20 {
		put(t, a, fmt.Sprintf("docs/%02d", i), fmt.Sprintf(`{"n":%d}`, i))
	}
	w.join(a, b)
	w.converge(a, b)
	old, _ := backup(t, a, node.ArchiveOptions{Identity: true})
	for i := range 10 {
		del(t, a, fmt.Sprintf("docs/%02d", i))
	}
	del(t, b, "docs/19")
	w.converge(a, b)
	w.close(a)
	c.pass(t, 100, b)
	if forgotten(t, b, "docs").Equal(crdt.Knowledge{}) {
		t.Fatal("nothing was forgotten")
	}
	n, _ := restored(t, node.Options{Network: w.factory("a"), Clock: c.now}, old)
	want(t, n, "docs/03", `{"n":3}`) // as it was then
	patch(t, n, "docs/05", `{"mine":1}`)
	w.join(b, n)
	w.converge(b, n)
	for _, x := range []*node.Node{n, b} {
		for i := range 10 {
			if i != 5 {
				want(t, x, fmt.Sprintf("docs/%02d", i), "not found")
			}
		}
		want(t, x, "docs/05", `{"mine":1}`)
		want(t, x, "docs/19", "not found")
		want(t, x, "docs/15", `{"n":15}`)
	}
	// And an incremental one, made since the removals are forgotten, takes them
	// away from who has the old one.
	path, _ := backup(t, b, node.ArchiveOptions{Since: knownOf(t, old)})
	m, _ := restored(t, node.Options{Clock: c.now}, old, path)
	equal(t, m, b)
}

func knownOf(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := archive.Verify(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.Known.String()
}

// TestDamagedBackups: every file that is cut off anywhere, and every one of 1,000
// in which one bit has changed, is refused before anything is written.
func TestDamagedBackups(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes under the race detector")
	}
	w, c := newWorld(t), &calendar{}
	a, b := w.open("a", node.Options{Clock: c.now}), w.open("b", node.Options{Clock: c.now})
	defer w.close(a, b)
	furnish(t, w, c, a, b)
	path, _ := backup(t, a, node.ArchiveOptions{Identity: true})
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir, bad := filepath.Join(t.TempDir(), "new"), filepath.Join(t.TempDir(), "bad")
	refused := func(what string, b []byte) {
		t.Helper()
		if err := os.WriteFile(bad, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{bad}})
		if !errors.Is(err, node.ErrArchive) {
			t.Fatalf("%s: %v", what, err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s: %s was made, %v", what, dir, err)
		}
	}
	for n := range sound {
		refused(fmt.Sprintf("the first %d bytes of %d", n, len(sound)), sound[:n])
	}
	refused("a byte more", append(bytes.Clone(sound), 0))
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		at, bit := random.IntN(len(sound)), random.IntN(8)
		flipped := bytes.Clone(sound)
		flipped[at] ^= 1 << bit
		refused(fmt.Sprintf("bit %d of byte %d changed", bit, at), flipped)
	}
	t.Logf("%d truncations and 1,000 flips of %d bytes refused", len(sound), len(sound))
}

// TestRestoreOnlyIntoAnEmptyDirectory: nothing is replaced, or mixed.
func TestRestoreOnlyIntoAnEmptyDirectory(t *testing.T) {
	a := alone(t, node.Options{Dir: t.TempDir()})
	put(t, a, "docs/k", `1`)
	path, _ := backup(t, a, node.ArchiveOptions{})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, a.Dir()} {
		_, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{path}})
		if !errors.Is(err, node.ErrNotEmpty) {
			t.Errorf("into %s: %v", dir, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "notes.txt")); err != nil {
		t.Fatal(err)
	}
	if _, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{path}}); err != nil {
		t.Error(err)
	}
	want(t, alone(t, node.Options{Dir: dir}), "docs/k", "1")
}

// TestUnfinishedRestore: what an interrupted restore leaves, at whatever point,
// does not open; the next restore begins anew. One that is told to stop leaves nothing.
func TestUnfinishedRestore(t *testing.T) {
	a := alone(t, node.Options{})
	for i := range 3000 {
		put(t, a, fmt.Sprintf("docs/%04d", i), fmt.Sprintf(`{"n":%d,"text":"%s"}`, i, strings.Repeat("x", i%300)))
	}
	path, _ := backup(t, a, node.ArchiveOptions{})
	dir := t.TempDir()
	into := func(progress func(string, bool, int64)) error {
		_, err := node.Restore(t.Context(), node.Options{Dir: dir}, node.RestoreOptions{Files: []string{path}, Progress: progress})
		return err
	}
	seen := false
	err := into(func(_ string, restoring bool, _ int64) {
		if !restoring || seen {
			return
		}
		seen = true
		if n, err := node.Open(t.Context(), node.Options{Dir: dir}); !errors.Is(err, node.ErrUnfinished) {
			t.Errorf("opened while it is restored: %v, %v", n, err)
		}
		if err := into(nil); !errors.Is(err, node.ErrLocked) {
			t.Errorf("two restores at once: %v", err)
		}
		// What a crash would leave behind now, and behind the first renames.
		if err := os.CopyFS(dir+"-1", os.DirFS(dir)); err != nil {
			t.Error(err)
		}
	})
	if err != nil || !seen {
		t.Fatal(err, seen)
	}
	dir += "-1"
	for i := range 2 {
		if _, err := node.Open(t.Context(), node.Options{Dir: dir}); !errors.Is(err, node.ErrUnfinished) {
			t.Fatalf("opened: %v", err)
		}
		if i == 0 {
			if err := os.WriteFile(filepath.Join(dir, "restoring", "moved"), []byte("device.key\nstore\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(dir, "restoring", "data", "device.key"), filepath.Join(dir, "device.key")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := into(nil); err != nil {
		t.Fatal(err)
	}
	n := alone(t, node.Options{Dir: dir})
	equal(t, n, a)
}

// TestBackupWhileWriting: a backup is of one moment, in all collections: what
// was written before something that is in it is in it too.
func TestBackupWhileWriting(t *testing.T) {
	a := alone(t, node.Options{Dir: t.TempDir()})
	for i := range 2000 {
		put(t, a, fmt.Sprintf("bulk/%04d", i), fmt.Sprintf(`{"n":%d}`, i))
	}
	stop, stopped := make(chan struct{}), make(chan int)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				stopped <- i
				return
			default:
			}
			put(t, a, "aaa/last", fmt.Sprint(i)) // a later one in a collection that comes first
			put(t, a, "zzz/last", fmt.Sprint(i))
		}
	}()
	for n := 0; n < 5; {
		if show(t, a, "zzz/last") == "not found" {
			continue
		}
		n++
		path, _ := backup(t, a, node.ArchiveOptions{})
		got, _ := restored(t, node.Options{}, path)
		var first, last int
		fmt.Sscan(show(t, got, "aaa/last"), &first)
		fmt.Sscan(show(t, got, "zzz/last"), &last)
		if first != last && first != last+1 {
			t.Errorf("aaa/last is %d where zzz/last is %d", first, last)
		}
		got.Close()
	}
	close(stop)
	t.Logf("%d writes meanwhile", <-stopped)
}

// TestScopedBackup: what a node does not hold is not in its backup, and who is
// restored from it holds as much.
func TestScopedBackup(t *testing.T) {
	a := alone(t, node.Options{Collections: []string{"docs/a", "notes"}})
	put(t, a, "docs/a1", `1`)
	put(t, a, "notes/n", `2`)
	path, _ := backup(t, a, node.ArchiveOptions{})
	n, _ := restored(t, node.Options{}, path)
	roots(t, a, n)
	want(t, n, "docs/a1", "1")
	if got := strings.Join(n.Scope(), ","); got != "docs/a,notes" {
		t.Errorf("scope %s", got)
	}
}
