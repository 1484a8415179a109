package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
)

// alone opens a node without a network, closed with the test.
func alone(t testing.TB, o node.Options) *node.Node {
	t.Helper()
	n, err := node.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error("close:", err)
		}
	})
	return n
}

// put puts or fails the test.
func put(t testing.TB, n *node.Node, address, body string) node.Written {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	w, err := n.Collection(c).Put(t.Context(), k, []byte(body), node.PutOptions{})
	if err != nil {
		t.Fatalf("put %s %s: %v", address, body, err)
	}
	return w
}

// show is the document as JSON, or its error.
func show(t testing.TB, n *node.Node, address string) string {
	t.Helper()
	c, k, _ := strings.Cut(address, "/")
	d, err := n.Collection(c).Get(context.Background(), k)
	if errors.Is(err, node.ErrNotFound) {
		return "not found"
	}
	if err != nil {
		t.Fatalf("get %s: %v", address, err)
	}
	return string(d.JSON())
}

// want compares what is shown.
func want(t testing.TB, n *node.Node, address, body string) {
	t.Helper()
	if got := show(t, n, address); got != body {
		t.Errorf("%s at %s: %s, want %s", address, n.Name(), got, body)
	}
}

func TestPutGetDelete(t *testing.T) {
	for name, o := range map[string]node.Options{
		"memory":  {},
		"badger":  {Dir: t.TempDir()},
		"relaxed": {Dir: t.TempDir(), Durability: node.Relaxed},
		"server":  {Dir: t.TempDir(), Profile: node.Server},
	} {
		t.Run(name, func(t *testing.T) {
			n := alone(t, o)
			w := put(t, n, "people/ann", `{"name":"Ann","visits":{"$counter":0}}`)
			if !w.Created || !w.Changed {
				t.Errorf("first put: %+v", w)
			}
			if w = put(t, n, "people/ann", `{"name":"Ann","visits":0}`); w.Created || w.Changed {
				t.Errorf("same again: created %v, changed %v", w.Created, w.Changed)
			}
			want(t, n, "people/ann", `{"name":"Ann","visits":0}`)
			people := n.Collection("people")
			ops, err := crdt.ParseOps([]byte(`[{"op":"incr","path":"/visits","by":3}]`))
			if err != nil {
				t.Fatal(err)
			}
			if w, err = people.Apply(t.Context(), "ann", ops, node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			d, err := people.Get(t.Context(), "ann")
			if err != nil || d.Version() != w.Document.Version() || string(w.Document.Typed()) != string(d.Typed()) {
				t.Errorf("get after write: %v, %v", d, err)
			}
			if got := string(d.Typed()); got != `{"name":"Ann","visits":{"$counter":3}}` {
				t.Errorf("typed: %s", got)
			}
			if b, err := d.At("/visits", false); err != nil || string(b) != "3" {
				t.Errorf("at /visits: %s, %v", b, err)
			}
			if _, err := d.At("/none", false); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("at /none: %v", err)
			}
			if _, err := people.MergePatch(t.Context(), "ann", []byte(`{"name":null}`), node.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			want(t, n, "people/ann", `{"visits":3}`)
			if w, err := people.Delete(t.Context(), "ann", node.PutOptions{}); err != nil || w.Document != nil || !w.Changed {
				t.Errorf("delete: %+v, %v", w, err)
			}
			want(t, n, "people/ann", "not found")
			if _, err := people.Delete(t.Context(), "ann", node.PutOptions{}); !errors.Is(err, node.ErrNotFound) {
				t.Errorf("delete again: %v", err)
			}
		})
	}
}

func TestBadInputChangesNothing(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "c/k", `{"a":1,"s":"x"}`)
	before, _ := n.Collection("c").Get(t.Context(), "k")
	ops := func(s string) []crdt.Op {
		o, err := crdt.ParseOps([]byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	long := strings.Repeat("k", 1025)
	for _, tc := range []struct {
		what string
		want error
		do   func() error
	}{
		{"malformed", crdt.ErrJSON, func() error {
			_, err := n.Collection("c").Put(t.Context(), "k", []byte(`{`), node.PutOptions{})
			return err
		}},
		{"duplicate", crdt.ErrDuplicate, func() error {
			_, err := n.Collection("c").Put(t.Context(), "k", []byte(`{"a":1,"a":2}`), node.PutOptions{})
			return err
		}},
		{"key", crdt.ErrKey, func() error {
			_, err := n.Collection("c").Put(t.Context(), long, []byte(`1`), node.PutOptions{})
			return err
		}},
		{"empty key", crdt.ErrKey, func() error { _, err := n.Collection("c").Get(t.Context(), ""); return err }},
		{"collection", crdt.ErrCollection, func() error { _, err := n.Collection("C").Get(t.Context(), "k"); return err }},
		{"incr of a string", crdt.ErrKind, func() error {
			_, err := n.Collection("c").Apply(t.Context(), "k", ops(`[{"op":"set","path":"/a","value":2},{"op":"incr","path":"/s","by":1}]`), node.PutOptions{})
			return err
		}},
		{"too large", node.ErrTooLarge, func() error {
			_, err := n.Collection("c").Put(t.Context(), "k", []byte(`"`+strings.Repeat("x", 1<<20+1)+`"`), node.PutOptions{})
			return err
		}},
		{"absent", node.ErrVersion, func() error {
			_, err := n.Collection("c").Put(t.Context(), "k", []byte(`1`), node.PutOptions{IfAbsent: true})
			return err
		}},
		{"present", node.ErrVersion, func() error {
			_, err := n.Collection("c").Put(t.Context(), "other", []byte(`1`), node.PutOptions{IfPresent: true})
			return err
		}},
	} {
		if err := tc.do(); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.what, err, tc.want)
		}
	}
	after, err := n.Collection("c").Get(t.Context(), "k")
	if err != nil || after.Version() != before.Version() {
		t.Errorf("the document has changed: %s, %v", after.JSON(), err)
	}
	if k, _ := n.Collection("c").Count(t.Context()); k != 1 {
		t.Errorf("%d documents, want 1", k)
	}
}

func TestIfVersion(t *testing.T) {
	n := alone(t, node.Options{})
	first := put(t, n, "c/k", `{"a":1}`).Document.Version()
	c := n.Collection("c")
	second, err := c.Put(t.Context(), "k", []byte(`{"a":2}`), node.PutOptions{IfVersion: first})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Put(t.Context(), "k", []byte(`{"a":3}`), node.PutOptions{IfVersion: first})
	var v *node.VersionError
	if !errors.As(err, &v) || v.Have != second.Document.Version().String() || v.Want != first.String() {
		t.Errorf("stale version: %v", err)
	}
	if _, err = c.Delete(t.Context(), "k", node.PutOptions{IfVersion: first}); !errors.Is(err, node.ErrVersion) {
		t.Errorf("stale delete: %v", err)
	}
	want(t, n, "c/k", `{"a":2}`)
}

func TestUpdateIsAtomic(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "bank/a", `100`)
	put(t, n, "bank/b", `0`)
	// Eight goroutines move money; nobody may see it on the way.
	stop := make(chan struct{})
	var watch, work sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			err := n.View(t.Context(), func(tx *node.Tx) error {
				if sum := amount(t, tx, "a") + amount(t, tx, "b"); sum != 100 {
					t.Errorf("sum is %d", sum)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
	for range 8 {
		work.Go(func() {
			for range 10 {
				err := n.Update(t.Context(), func(tx *node.Tx) error {
					a, b := amount(t, tx, "a"), amount(t, tx, "b")
					if err := tx.Put("bank", "a", fmt.Append(nil, a-1), node.PutOptions{}); err != nil {
						return err
					}
					return tx.Put("bank", "b", fmt.Append(nil, b+1), node.PutOptions{})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	close(stop)
	watch.Wait()
	want(t, n, "bank/a", "20")
	want(t, n, "bank/b", "80")
}

func amount(t *testing.T, tx *node.Tx, key string) (n int) {
	d, err := tx.Get("bank", key)
	if err != nil {
		t.Error(err)
		return 0
	}
	fmt.Sscan(string(d.JSON()), &n)
	return n
}

func TestTx(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "c/old", `{"n":{"$counter":1}}`)
	boom := errors.New("boom")
	err := n.Update(t.Context(), func(tx *node.Tx) error {
		if err := tx.Put("c", "new", []byte(`1`), node.PutOptions{}); err != nil {
			return err
		}
		return boom
	})
	if err != boom {
		t.Errorf("error of fn: %v", err)
	}
	want(t, n, "c/new", "not found")
	err = n.Update(t.Context(), func(tx *node.Tx) error {
		if err := tx.Put("c", "new", []byte(`{"a":1}`), node.PutOptions{IfAbsent: true}); err != nil {
			return err
		}
		if err := tx.MergePatch("c", "new", []byte(`{"b":2}`), node.PutOptions{IfPresent: true}); err != nil {
			return err
		}
		if d, err := tx.Get("c", "new"); err != nil || string(d.JSON()) != `{"a":1,"b":2}` {
			t.Errorf("own write: %v, %v", d, err)
		}
		if err := tx.Delete("c", "old", node.PutOptions{}); err != nil {
			return err
		}
		if _, err := tx.Get("c", "old"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("own delete: %v", err)
		}
		if err := tx.Put("d", "x", []byte(`1`), node.PutOptions{}); !errors.Is(err, node.ErrOtherCollection) {
			t.Errorf("second collection: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, n, "c/new", `{"a":1,"b":2}`)
	want(t, n, "c/old", "not found")
	err = n.Update(t.Context(), func(tx *node.Tx) error { // one failed precondition spoils all
		return errors.Join(tx.Put("c", "x", []byte(`1`), node.PutOptions{}), tx.Put("c", "new", []byte(`1`), node.PutOptions{IfAbsent: true}))
	})
	if !errors.Is(err, node.ErrVersion) {
		t.Errorf("precondition: %v", err)
	}
	want(t, n, "c/x", "not found")
	err = n.View(t.Context(), func(tx *node.Tx) error { return tx.Delete("c", "new", node.PutOptions{}) })
	if !errors.Is(err, node.ErrReadOnly) {
		t.Errorf("write in a view: %v", err)
	}
}

func TestEditRunsAgain(t *testing.T) {
	n := alone(t, node.Options{})
	c, runs := n.Collection("c"), 0
	_, err := c.Edit(t.Context(), "k", func(d *node.Document) ([]byte, error) {
		if runs++; runs == 1 {
			if d != nil {
				t.Error("there is no document yet")
			}
			put(t, n, "c/k", `{"other":1}`)
			return []byte(`{"mine":1}`), nil
		}
		return []byte(`{"other":1,"mine":2}`), nil
	})
	if err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	want(t, n, "c/k", `{"mine":2,"other":1}`)
}

func TestAll(t *testing.T) {
	n := alone(t, node.Options{})
	for i := range 10 {
		put(t, n, fmt.Sprintf("c/a/%d", i), fmt.Sprint(i))
		put(t, n, fmt.Sprintf("c/b/%d", i), fmt.Sprint(i))
	}
	if _, err := n.Collection("c").Delete(t.Context(), "b/4", node.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	list := func(o node.ListOptions) (keys string) {
		for d, err := range n.Collection("c").All(t.Context(), o) {
			if err != nil {
				t.Fatal(err)
			}
			keys += d.Key() + "=" + string(d.JSON()) + " "
		}
		return keys
	}
	if got := list(node.ListOptions{Prefix: "b/", After: "b/2", Limit: 3}); got != "b/3=3 b/5=5 b/6=6 " {
		t.Errorf("page: %s", got)
	}
	if got := list(node.ListOptions{After: "b/8"}); got != "b/9=9 " {
		t.Errorf("end: %s", got)
	}
	if got := list(node.ListOptions{Prefix: "x"}); got != "" {
		t.Errorf("nothing: %s", got)
	}
	if k, err := n.Collection("c").Count(t.Context()); k != 19 || err != nil {
		t.Errorf("count: %d, %v", k, err)
	}
	all, err := n.Collections(t.Context())
	if err != nil || len(all) != 1 || all[0].Name != "c" || all[0].Documents != 19 {
		t.Errorf("collections: %v, %v", all, err)
	}
}

func TestPutAll(t *testing.T) {
	n := alone(t, node.Options{})
	var items []node.PutItem
	for i := range 1000 {
		items = append(items, node.PutItem{Key: fmt.Sprintf("k/%04d", i), JSON: fmt.Appendf(nil, `{"i":%d}`, i)})
	}
	items[7].JSON = []byte(`{"bad"`)
	items[300].Key = ""
	items[301].Options.IfPresent = true
	items[999].Key = "k/0000" // later ones win
	results, err := n.Collection("c").PutAll(t.Context(), items)
	if err != nil || len(results) != len(items) {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for i, r := range results {
		switch bad := i == 7 || i == 300 || i == 301; {
		case bad && r.Err == nil, !bad && r.Err != nil:
			t.Errorf("item %d: %v", i, r.Err)
		case !bad && !r.Written.Changed:
			t.Errorf("item %d: no change", i)
		}
	}
	if k, _ := n.Collection("c").Count(t.Context()); k != 996 {
		t.Errorf("%d documents, want 996", k)
	}
	want(t, n, "c/k/0000", `{"i":999}`)
}
