package storage_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

// withoutState takes over, into an empty store of a new incarnation, the documents of n's store, of which the state of
// people, and the documents that lost names, were in a damaged block.
func (n *node) withoutState(t failer, lost map[string]bool) *node {
	t.Helper()
	old := n.store.Kill()
	if err := old.Update(func(tx storage.Tx) error { return tx.Delete([]byte("cpeople")) }); err != nil {
		t.Fatalf("%v", err)
	}
	var docs []storage.Salvaged
	var signed storage.Signatures
	err := old.View(func(r storage.Reader) (err error) {
		if signed, err = storage.SalvageSignatures(r, device(n.name)); err != nil {
			return err
		}
		in := func(key []byte) bool { return string(key) == "cpeople" || lost[string(key)] }
		hashed, err := storage.HashedOf(r, []string{"people"}, in)
		if err != nil {
			return err
		}
		_, err = storage.Salvage(r, nil, func(s storage.Salvaged) error {
			hashed.Widen(&s, signed)
			docs = append(docs, s)
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatalf("salvage: %v", err)
	}
	next := &node{store: memory.New(), name: n.name, rand: n.rand, clock: n.clock}
	next.open(t, storage.Options{})
	next.takeOver(t, docs, signed)
	return next
}

// TestSalvageAsHashed: what a store has written alone since its tree was hashed replaces, at its peer, what it
// had replaced, though nothing says any more what was known then: not a part of it.
func TestSalvageAsHashed(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "doc", json: `{"n":1,"count":{"$counter":17}}`})
	b.pull(t, "people", a)
	b.write(t, "people", change{key: "doc", json: `{"n":2,"by":"b","count":{"$counter":10}}`})
	a.pull(t, "people", b)
	a.hash(t, "people")
	a.write(t, "people", change{key: "doc", json: `{"edited":true}`})
	next := a.withoutState(t, nil)
	next.pull(t, "people", b)
	b.pull(t, "people", next)
	for _, n := range []*node{next, b} {
		if got := plain(t, n, "people", "doc"); got != `{"edited":true}` {
			t.Errorf("at %c: %s", n.name, got)
		}
	}
}

// TestSalvageOlderThanHashed: a record that was in the damaged block too, so that an older one of its key is what is left, is not
// taken for one that had seen what was hashed: what the newer one had taken in stays at the peer.
func TestSalvageOlderThanHashed(t *testing.T) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "doc", json: `{"n":1}`})
	b.pull(t, "people", a)
	a.write(t, "people", change{key: "doc", json: `{"n":1,"by":"a"}`})
	at := []byte("dpeople\x00doc")
	var older []byte
	if err := a.store.View(func(r storage.Reader) (err error) { older, err = r.Get(at); return err }); err != nil {
		t.Fatal(err)
	}
	b.write(t, "people", change{key: "doc", json: `{"n":1,"other":"b"}`})
	a.pull(t, "people", b)
	a.hash(t, "people")
	if err := a.store.Update(func(tx storage.Tx) error { return tx.Set(at, older) }); err != nil {
		t.Fatal(err)
	}
	next := a.withoutState(t, map[string]bool{string(at): true})
	b.pull(t, "people", next)
	if got := plain(t, b, "people", "doc"); got != `{"n":1,"by":"a","other":"b"}` {
		t.Errorf("at the peer: %s", got)
	}
}

// TestSalvageAsHashedRemovesNothing: whatever had been given up, heard and written in between, a store that takes its
// documents over as they were hashed removes nothing at its peer that it would not have removed as it was;
// and if it has heard of nothing, and given nothing up, since then the two end as they would have.
func TestSalvageAsHashedRemovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		since := true // whether it has heard of anything, or given anything up
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				a.hash(t, "people")
				since = false
			case 1:
				key := fmt.Sprintf("k%d", rapid.IntRange(0, keys-1).Draw(t, "given up"))
				since = true
				if err := a.Condemn("people", []crdt.Range{{From: key, To: key + "\x00"}}); err != nil {
					t.Fatal(err)
				}
			case 2:
				a.pull(t, "people", b)
				since = true
			default:
				n := rapid.SampledFrom([]*node{a, b}).Draw(t, "who")
				key := fmt.Sprintf("k%d", rapid.IntRange(0, keys-1).Draw(t, "key"))
				n.write(t, "people", change{key: key, json: rapid.SampledFrom([]string{``, `{"x":1}`, `{"x":2,"n":{"$counter":3}}`, `{"n":{"$counter":5}}`, `7`}).Draw(t, "json")})
				if rapid.Bool().Draw(t, "told") {
					b.pull(t, "people", a)
				}
			}
		}
		b2 := &node{store: b.store.Kill(), name: 'b', rand: b.rand}
		b2.open(t, storage.Options{})
		next := a.withoutState(t, nil)
		for _, pair := range [][2]*node{{a, b}, {next, b2}} {
			pair[0].pull(t, "people", pair[1])
			pair[1].pull(t, "people", pair[0])
		}
		want, got := b.dotsOf(t, "people"), b2.dotsOf(t, "people")
		for key, dots := range want {
			for _, d := range dots {
				if !slices.Contains(got[key], d) {
					t.Fatalf("%s is left with %v, want %v", key, got[key], dots)
				}
			}
		}
		if !since && !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
