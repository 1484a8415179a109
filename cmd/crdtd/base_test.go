package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/config"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/patience"
)

// joined starts two peers of one mesh.
func joined(t *testing.T) (a, b *client.Client) {
	t.Helper()
	dir := t.TempDir()
	first := start(t, nil, with(quiet, "--http", "127.0.0.1:0", "--data-dir", dir, "--name", "a")...)
	token, err := config.ReadToken(filepath.Join(dir, config.TokenFile))
	if err != nil {
		t.Fatal(err)
	}
	a, err = client.New(first.url, token)
	if err != nil {
		t.Fatal(err)
	}
	invite, err := a.Invite(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	second := start(t, nil, with(quiet, "--http", "127.0.0.1:0", "--data-dir", t.TempDir(), "--name", "b", "--join", invite.Invite)...)
	return a, second.client()
}

// person has a document open: what it reads, it changes, and puts back with
// what it has read as the base.
type person struct {
	t    *testing.T
	node *client.Client
	base string
}

func (p *person) read() {
	p.t.Helper()
	d, err := p.node.Get(p.t.Context(), "notes", "trip", client.ReadOptions{})
	if err != nil {
		p.t.Fatal(err)
	}
	p.base = d.Version
}

func (p *person) put(body string) {
	p.t.Helper()
	if _, err := p.node.Put(p.t.Context(), "notes", "trip", []byte(body), client.Conditions{Base: p.base}); err != nil {
		p.t.Fatal(err)
	}
}

// TestPlainPutsWithABaseLoseNothing: people at two peers read a document, then
// put it back, each with changes of its own and without a look at what has
// arrived meanwhile. Fields, a list, a counter and a text have them all.
func TestPlainPutsWithABaseLoseNothing(t *testing.T) {
	a, b := joined(t)
	converge := func() {
		t.Helper()
		if _, err := a.WaitConverged(t.Context(), time.Until(patience.End(t))); err != nil {
			t.Fatal(err)
		}
		if _, err := b.WaitConverged(t.Context(), time.Until(patience.End(t))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Put(t.Context(), "notes", "trip", []byte(`{"to":"Oslo","days":3,"seen":{"$counter":0},"pack":["tent"],"plan":{"$text":"Walk."}}`), client.Conditions{}); err != nil {
		t.Fatal(err)
	}
	converge()
	ann, anna, bob := &person{t: t, node: a}, &person{t: t, node: a}, &person{t: t, node: b}
	ann.read()
	anna.read()
	bob.read()

	ann.put(`{"to":"Bergen","days":3,"seen":1,"pack":["map","tent"],"plan":"Walk."}`)
	converge()
	// Bob has read before that came.
	bob.put(`{"to":"Oslo","days":4,"seen":2,"pack":["tent","stove"],"plan":"Walk. Swim."}`)
	converge()
	// And Anna before both: she adds a field, and takes nothing back.
	anna.put(`{"to":"Oslo","days":3,"seen":0,"pack":["tent"],"plan":"We walk.","by":"train"}`)
	converge()

	want := `{"by":"train","to":"Bergen","days":4,"pack":["map","tent","stove"],"plan":"We walk. Swim.","seen":3}`
	for name, node := range map[string]*client.Client{"a": a, "b": b} {
		d, err := node.Get(t.Context(), "notes", "trip", client.ReadOptions{})
		if err != nil || string(d.JSON) != want || d.Conflicts {
			t.Errorf("%s: %s %v, want %s", name, d.JSON, err, want)
		}
	}
}
