package node_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// TestEditText: many edits of one text are one transaction; whoever is
// overtaken edits the newer text.
func TestEditText(t *testing.T) {
	n := alone(t, node.Options{Durability: node.Relaxed})
	c := n.Collection("c")
	put(t, n, "c/k", `{"a":{"t":{"$text":"one"}},"s":"x"}`)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				_, err := c.EditText(t.Context(), "k", "/a/t", func(e *node.TextEdit) error {
					if err := e.Insert(e.Len(), fmt.Sprint(i)); err != nil {
						return err
					}
					return e.Insert(e.Len(), "😀")
				}, node.PutOptions{})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	text := show(t, n, "c/k")
	if strings.Count(text, "😀") != 80 || strings.Contains(text, "😀😀") {
		t.Error(text)
	}
	w, err := c.EditText(t.Context(), "k", "/a/t", func(e *node.TextEdit) error {
		err := e.Delete(3, e.Len()-3)
		if e.String() != "one" {
			t.Error(e.String())
		}
		return errors.Join(err, e.Delete(0, 1), e.Insert(0, "O"))
	}, node.PutOptions{IfPresent: true})
	if err != nil || string(w.Document.JSON()) != `{"a":{"t":"One"},"s":"x"}` {
		t.Errorf("%+v, %v", w, err)
	}
	if w, err := c.EditText(t.Context(), "k", "/a/t", func(*node.TextEdit) error { return nil }, node.PutOptions{}); err != nil || w.Changed {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestEditTextRefusals(t *testing.T) {
	n := alone(t, node.Options{})
	c := n.Collection("c")
	put(t, n, "c/k", `{"t":{"$text":"one"},"s":"x"}`)
	boom := errors.New("boom")
	for _, x := range []struct {
		key, path string
		fn        func(*node.TextEdit) error
		want      error
	}{
		{"none", "/t", nil, node.ErrNotFound},
		{"k", "/none", nil, crdt.ErrNoValue},
		{"k", "/s", nil, crdt.ErrKind},
		{"k", "t", nil, crdt.ErrPointer},
		{"k", "/t", func(*node.TextEdit) error { return boom }, boom},
		{"k", "/t", func(e *node.TextEdit) error { return e.Insert(4, "x") }, crdt.ErrPosition},
		{"k", "/t", func(e *node.TextEdit) error { return e.Insert(-1, "x") }, crdt.ErrPosition},
		{"k", "/t", func(e *node.TextEdit) error { return e.Delete(2, 2) }, crdt.ErrPosition},
		{"k", "/t", func(e *node.TextEdit) error { return e.Delete(0, -1) }, crdt.ErrPosition},
	} {
		if _, err := c.EditText(t.Context(), x.key, x.path, x.fn, node.PutOptions{}); !errors.Is(err, x.want) {
			t.Errorf("%s%s: %v, want %v", x.key, x.path, err, x.want)
		}
		err := n.Update(t.Context(), func(tx *node.Tx) error { return tx.EditText("c", x.key, x.path, x.fn, node.PutOptions{}) })
		if !errors.Is(err, x.want) {
			t.Errorf("in a transaction: %s%s: %v, want %v", x.key, x.path, err, x.want)
		}
	}
	base := node.PutOptions{Base: seen(t, n, "k").Version()}
	if _, err := c.EditText(t.Context(), "k", "/t", func(e *node.TextEdit) error { return nil }, base); !errors.Is(err, node.ErrBaseUse) {
		t.Error(err)
	}
	want(t, n, "c/k", `{"s":"x","t":"one"}`)
}

// TestTransactionsOfPatches: a transaction sees the texts and lists as its own
// patches and edits have made them.
func TestTransactionsOfPatches(t *testing.T) {
	n := alone(t, node.Options{})
	put(t, n, "c/k", `{"l":["a","b"],"t":{"$text":"one"}}`)
	err := n.Update(t.Context(), func(tx *node.Tx) error {
		insert := func(e *node.TextEdit) error { return e.Insert(e.Len(), "!") }
		err := errors.Join(
			tx.JSONPatch("c", "k", []byte(`[{"op":"move","from":"/l/0","path":"/l/1"},{"op":"add","path":"/l/-","value":"c"}]`), node.PutOptions{}),
			tx.EditText("c", "k", "/t", insert, node.PutOptions{}),
			tx.EditText("c", "k", "/t", insert, node.PutOptions{}),
			tx.JSONPatch("c", "new", []byte(`[{"op":"add","path":"","value":{"x":1}}]`), node.PutOptions{}))
		if err != nil {
			return err
		}
		d, err := tx.Get("c", "k")
		if err == nil && string(d.JSON()) != `{"l":["b","a","c"],"t":"one!!"}` {
			t.Errorf("inside: %s", d.JSON())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, n, "c/k", `{"l":["b","a","c"],"t":"one!!"}`)
	want(t, n, "c/new", `{"x":1}`)
	_, err = n.Collection("c").JSONPatch(t.Context(), "k", []byte(`[{"op":"test","path":"/l/0","value":"a"},{"op":"remove","path":"/l"}]`), node.PutOptions{})
	if !errors.Is(err, crdt.ErrTest) {
		t.Error(err)
	}
	for _, patch := range []string{`{}`, `[{"op":"add"}]`, `[{"op":"remove","path":"/none"}]`, `[{"op":"move","from":"/l","path":"/l/0"}]`} {
		if _, err := n.Collection("c").JSONPatch(t.Context(), "k", []byte(patch), node.PutOptions{}); err == nil {
			t.Errorf("%s was accepted", patch)
		}
	}
	want(t, n, "c/k", `{"l":["b","a","c"],"t":"one!!"}`)
}

// TestTypingWhileApart: a text is typed into on two sides, by difference and by
// position.
func TestTypingWhileApart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		defer w.close(n...)
		put(t, n[0], "c/k", `{"$text":"the quick fox"}`)
		w.converge(n...)
		w.Partition([]string{"a"}, []string{"b"})
		put(t, n[0], "c/k", `"the quick red fox"`)
		_, err := n[1].Collection("c").EditText(t.Context(), "k", "", func(e *node.TextEdit) error {
			return errors.Join(e.Delete(0, 3), e.Insert(0, "a"), e.Insert(e.Len(), " jumps"))
		}, node.PutOptions{})
		if err != nil {
			t.Fatal(err)
		}
		w.Heal()
		w.converge(n...)
		for _, n := range n {
			want(t, n, "c/k", `"a quick red fox jumps"`)
		}
	})
}
