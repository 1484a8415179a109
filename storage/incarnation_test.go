package storage_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

func TestIncarnationAfterStops(t *testing.T) {
	stops := map[string]func(t testing.TB, n *node){
		"clean": func(t testing.TB, n *node) {
			if err := n.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"kill":      func(_ testing.TB, n *node) { n.store = n.store.Kill() },
		"power cut": func(_ testing.TB, n *node) { n.store = n.store.Crash() },
	}
	for _, c := range []struct {
		stop           string
		before, after  storage.Options
		newIncarnation bool
	}{
		{stop: "clean"},
		{stop: "kill"},
		{stop: "power cut"},
		{stop: "clean", before: storage.Options{Relaxed: true}},
		{stop: "kill", before: storage.Options{Relaxed: true}, newIncarnation: true},
		{stop: "power cut", before: storage.Options{Relaxed: true}, after: storage.Options{Relaxed: true}, newIncarnation: true},
		{stop: "kill", after: storage.Options{Relaxed: true}},
		{stop: "clean", after: storage.Options{Restored: true}, newIncarnation: true},
	} {
		n := newNode(t, 'a')
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		n.open(t, c.before)
		n.write(t, "people", change{key: "ann", json: `1`})
		was := n.Replica()
		stops[c.stop](t, n)
		n.open(t, c.after)
		if got := n.Replica() != was; got != c.newIncarnation {
			t.Errorf("%+v: new incarnation %v", c, got)
		}
	}
}

// What a power cut took, after peers saw it, must not be counted again.
func TestOwnReplicaAheadRenews(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	if err := a.Sync(); err != nil {
		t.Fatal(err)
	}
	a.write(t, "people", change{key: "ann", json: `2`})
	f := oneFrame(t, a) // ViewDurable has synced
	b.merge(t, "people", f)

	lost := newNode(t, 'a') // the same device with an older state of its store
	lost.write(t, "people", change{key: "ann", json: `1`})
	was := lost.Replica()
	if was != a.Replica() {
		t.Fatal("the test needs a copy of a")
	}
	m := lost.merge(t, "people", oneFrame(t, b))
	if !m.Renewed || lost.Replica() == was {
		t.Fatalf("merged %+v, replica %s was %s", m, lost.Replica(), was)
	}
	lost.write(t, "people", change{key: "bob", json: `3`})
	b.pull(t, "people", lost)
	if rec, _ := b.Get("people", "bob"); !rec.Exists() || rec.Heads[0].Replica != lost.Replica() || rec.Heads[0].Counter != 1 {
		t.Errorf("the first write of the new incarnation is %v", rec.Heads)
	}
	if a, b := lost.knowledge(t, "people"), b.knowledge(t, "people"); !a.Equal(b) {
		t.Errorf("knowledge %v and %v", a, b)
	}
}

func TestCloneIsProved(t *testing.T) {
	a, clone, b := newNode(t, 'a'), newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `1`})
	clone.write(t, "people", change{key: "ann", json: `1`})
	b.merge(t, "people", oneFrame(t, a))
	if m := clone.merge(t, "people", oneFrame(t, b)); m.Clone || m.Renewed {
		t.Fatalf("the same past: %+v", m)
	}
	clone.write(t, "people", change{key: "ann", json: `2`})
	a.write(t, "people", change{key: "ann", json: `3`})
	b.pull(t, "people", a)
	was := clone.Replica()
	f := oneFrame(t, b)
	m := clone.merge(t, "people", f)
	if !m.Clone || !m.Renewed || clone.Replica() == was {
		t.Fatalf("another past: %+v", m)
	}
}

// A clone is proved by heads that a peer shows once, also with a frame that must
// come again because a document of it is wanted whole.
func TestCloneIsProvedByAFrameThatComesAgain(t *testing.T) {
	a, b := typed(t), newNode(t, 'b')
	b.pull(t, "notes", a)
	known := b.knowledge(t, "notes")
	clone := &node{store: a.store.Kill(), name: 'a', rand: &nonces{name: 'a', next: 9}, clock: a.clock}
	clone.open(t, storage.Options{})
	if clone.Replica() != a.Replica() {
		t.Fatal("the test needs a copy of a")
	}
	a.write(t, "notes", change{key: "small", json: `1`})
	clone.write(t, "notes", change{key: "text"}, change{key: "small", json: `2`})
	b.pull(t, "notes", a)
	b.write(t, "notes", change{key: "text", ops: []crdt.Op{{Op: "insert", Path: crdt.Pointer{"t"}, Text: "x"}}})

	f := delta(t, b, known)
	was := clone.Replica()
	m := clone.merge(t, "notes", f)
	if !slices.Equal(m.Wanted, []string{"text"}) {
		t.Fatalf("merged %+v, the test needs text to be wanted", m)
	}
	if !m.Clone || !m.Renewed || clone.Replica() == was {
		t.Errorf("another past: %+v", m)
	}
	f = b.frames(t, "notes", known, 1000)[0]
	f.Heads = nil // they were shown
	was = clone.Replica()
	if m := clone.merge(t, "notes", f); len(m.Wanted) > 0 || m.Renewed || clone.Replica() != was {
		t.Errorf("whole: %+v", m)
	}
}

func TestEarlierIncarnationsStaySigned(t *testing.T) {
	a := newNode(t, 'a')
	var replicas []crdt.ReplicaID
	for i := range 4 {
		a.write(t, "people", change{key: "ann", json: string('0' + rune(i))})
		replicas = append(replicas, a.Replica())
		if err := a.Update((*storage.Batch).Renew); err != nil {
			t.Fatal(err)
		}
	}
	v := a.view(t, "people")
	for _, r := range replicas {
		h, ok, err := v.SignedHead(r)
		if err != nil || !ok || h.Counter != 1 || h.Replica() != r || h.Verify("people") != nil {
			t.Errorf("head of %s: %v %v %v", r, h, ok, err)
		}
	}
	if h, ok, err := v.SignedHead(a.Replica()); ok || err != nil {
		t.Errorf("the current incarnation has written nothing: %v %v", h, err)
	}
	b := newNode(t, 'b')
	b.pull(t, "people", a)
	if got, want := b.knowledge(t, "people"), a.knowledge(t, "people"); !got.Equal(want) {
		t.Errorf("b knows %v, want %v", got, want)
	}
}

func TestAnotherDeviceIsRefused(t *testing.T) {
	a := newNode(t, 'a')
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := storage.OpenDocuments(a.store, storage.Options{Device: device('b')})
	if !errors.Is(err, storage.ErrDevice) {
		t.Errorf("got %v", err)
	}
	if _, err := storage.OpenDocuments(a.store, storage.Options{}); !errors.Is(err, storage.ErrOptions) {
		t.Errorf("without a key: %v", err)
	}
}
