package node_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	cid "github.com/ipfs/go-cid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// seen is a document as a client has read it.
func seen(t *testing.T, n *node.Node, key string) *node.Document {
	t.Helper()
	d, err := n.Collection("c").Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func putFrom(t *testing.T, n *node.Node, key, body string, base cid.Cid) node.Written {
	t.Helper()
	w, err := n.Collection("c").Put(t.Context(), key, []byte(body), node.PutOptions{Base: base})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestClientsWithBases: two clients read a document, a third node changes it,
// then both put what they made of what they read.
func TestClientsWithBases(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b", "third")
		defer w.close(n...)
		put(t, n[0], "c/k", `{"x":0,"y":0,"z":0,"n":{"$counter":10},"s":{"$set":["p"]},"l":["1","2","3"],"t":{"$text":"one two three"}}`)
		w.converge(n...)
		ann, bob := seen(t, n[0], "k").Version(), seen(t, n[1], "k").Version()
		if ann != bob {
			t.Fatal("they read different documents")
		}
		seen(t, n[0], "k").Version()
		put(t, n[2], "c/k", `{"x":0,"y":0,"z":3,"n":11,"s":["p","third"],"l":["0","1","2","3"],"t":"ONE two three"}`)
		w.converge(n...)
		putFrom(t, n[0], "k", `{"x":1,"y":0,"z":0,"n":12,"s":["p","ann"],"l":["1","2","3","4"],"t":"one two THREE"}`, ann)
		putFrom(t, n[0], "k", `{"x":0,"y":2,"z":0,"n":13,"s":[],"l":["1","3"],"t":"one 2 three"}`, ann)
		putFrom(t, n[1], "k", `{"x":0,"y":0,"z":0,"n":10,"s":["p"],"l":["1","2","3"],"t":"one two three","new":true}`, bob)
		w.converge(n...)
		for _, n := range n {
			want(t, n, "c/k", `{"l":["0","1","3","4"],"n":16,"s":["ann","third"],"t":"ONE 2 THREE","x":1,"y":2,"z":3,"new":true}`)
			if d := seen(t, n, "k"); d.HasConflicts() {
				t.Errorf("%s: conflicts %+v", n.Name(), d.Conflicts())
			}
		}
	})
}

// TestBaseGone: a version that nobody has asked for is no base, nor is one of
// another document, or no version at all; nothing is written.
func TestBaseGone(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "c/k", `{"x":0}`)
	put(t, n, "c/other", `{"x":0,"y":0}`)
	unasked := crdt.VersionOf(seen(t, n, "k").Canonical())
	other := seen(t, n, "other").Version()
	asked := seen(t, n, "k").Version()
	for _, base := range []cid.Cid{unasked, asked} { // the current version is a base anyhow
		putFrom(t, n, "k", `{"x":0}`, base)
	}
	put(t, n, "c/k2", `{"x":0}`)
	gone := crdt.VersionOf(seen(t, n, "k2").Canonical())
	put(t, n, "c/k2", `{"x":1}`)
	raw, err := cid.Decode("bafkqaaa") // the identity hash of nothing
	if err != nil {
		t.Fatal(err)
	}
	for _, base := range []cid.Cid{gone, other, raw} {
		for _, c := range []*node.Collection{n.Collection("c"), n.Collection("d")} {
			_, err := c.Put(t.Context(), "k2", []byte(`{"x":2}`), node.PutOptions{Base: base})
			if !errors.Is(err, node.ErrBaseGone) || !strings.Contains(err.Error(), "/k2: the base version is not remembered any more: "+base.String()) {
				t.Errorf("%v", err)
			}
		}
	}
	want(t, n, "c/k2", `{"x":1}`)
	if w := putFrom(t, n, "k", `{"x":5,"y":1}`, asked); !w.Changed || w.Created {
		t.Errorf("%+v", w)
	}
	del(t, n, "c/k")
	putFrom(t, n, "k", `{"x":0,"z":7}`, asked) // only what was changed comes back
	want(t, n, "c/k", `{"z":7}`)
}

// TestBaseWithConditions: IfVersion and Base together; other writes take none.
func TestBaseWithConditions(t *testing.T) {
	n := alone(t, node.Options{})
	c := n.Collection("c")
	put(t, n, "c/k", `{"x":0,"y":0}`)
	base := seen(t, n, "k").Version()
	put(t, n, "c/k", `{"x":1,"y":0}`)
	now := seen(t, n, "k").Version()
	if _, err := c.Put(t.Context(), "k", []byte(`{"x":0,"y":2}`), node.PutOptions{Base: base, IfVersion: base}); !errors.Is(err, node.ErrVersion) {
		t.Error(err)
	}
	if _, err := c.Put(t.Context(), "k", []byte(`{"x":0,"y":2}`), node.PutOptions{Base: base, IfVersion: now}); err != nil {
		t.Error(err)
	}
	want(t, n, "c/k", `{"x":1,"y":2}`)
	o := node.PutOptions{Base: base}
	_, merge := c.MergePatch(t.Context(), "k", []byte(`{"x":9}`), o)
	_, patch := c.JSONPatch(t.Context(), "k", []byte(`[{"op":"add","path":"/x","value":9}]`), o)
	_, ops := c.Apply(t.Context(), "k", nil, o)
	_, del := c.Delete(t.Context(), "k", o)
	for i, err := range []error{merge, patch, ops, del} {
		if !errors.Is(err, node.ErrBaseUse) {
			t.Errorf("%d: %v", i, err)
		}
	}
	err := n.Update(t.Context(), func(tx *node.Tx) error {
		if err := tx.Put("c", "k", []byte(`{"x":3,"y":0}`), o); err != nil {
			return err
		}
		d, err := tx.Get("c", "k")
		if err == nil && string(d.JSON()) != `{"x":3,"y":2}` {
			t.Errorf("inside the transaction: %s", d.JSON())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	want(t, n, "c/k", `{"x":3,"y":2}`)
	results, err := c.PutAll(t.Context(), []node.PutItem{{Key: "k", JSON: []byte(`{"x":0,"y":5}`), Options: o}})
	if err != nil || results[0].Err != nil {
		t.Error(err, results[0].Err)
	}
	want(t, n, "c/k", `{"x":3,"y":5}`)
}

// TestBasesAreBounded: in number and in bytes, the oldest go first.
func TestBasesAreBounded(t *testing.T) {
	n := alone(t, node.Options{Durability: node.Relaxed})
	remembered := func(key string, base cid.Cid) bool {
		_, err := n.Collection("c").Put(t.Context(), key, []byte(`{}`), node.PutOptions{Base: base})
		if err != nil && !errors.Is(err, node.ErrBaseGone) {
			t.Fatal(err)
		}
		return err == nil
	}
	version := func(key, body string) cid.Cid {
		put(t, n, "c/"+key, body)
		v := seen(t, n, key).Version()
		put(t, n, "c/"+key, `"other"`)
		return v
	}
	first := version("small", `{"n":-1}`)
	var second cid.Cid
	for i := range 4096 {
		if v := version("small", fmt.Sprintf(`{"n":%d}`, i)); i == 0 {
			second = v
		}
	}
	if remembered("small", first) || !remembered("small", second) {
		t.Error("not the last 4096 are remembered")
	}
	large := version("large", `"`+strings.Repeat("x", 900<<10)+`"`)
	if !remembered("large", large) {
		t.Error("a large one is not remembered")
	}
	for i := range 18 {
		version("large", fmt.Sprintf(`"%d%s"`, i, strings.Repeat("x", 1000<<10)))
	}
	if remembered("large", large) || remembered("small", second) {
		t.Error("more than 16 MiB are remembered")
	}
}
