package storage_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

// salvageFrom takes over, into an empty store of a new incarnation, the documents that
// an old state of n's store holds.
func (n *node) salvageFrom(t failer, old *memory.Store) *node {
	t.Helper()
	var docs []storage.Salvaged
	var signed storage.Signatures
	err := old.View(func(r storage.Reader) (err error) {
		if signed, err = storage.SalvageSignatures(r, device(n.name)); err != nil {
			return err
		}
		lost, err := storage.Salvage(r, nil, func(s storage.Salvaged) error { docs = append(docs, s); return nil })
		if len(lost) > 0 {
			t.Fatalf("unreadable: %v", lost)
		}
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

func (n *node) takeOver(t failer, docs []storage.Salvaged, signed storage.Signatures) {
	t.Helper()
	taken, refused, err := n.TakeSalvaged(docs, signed)
	if err != nil || len(refused) > 0 || taken != len(docs) {
		t.Fatalf("%d of %d taken, refused %v: %v", taken, len(docs), refused, err)
	}
}

// dotsOf are the live dots of each document.
func (n *node) dotsOf(t failer, coll string) map[string][]crdt.Dot {
	t.Helper()
	all := map[string][]crdt.Dot{}
	v, err := n.View(coll)
	if err != nil {
		t.Fatalf("view of %c: %v", n.name, err)
	}
	defer v.Close()
	for i := range keys {
		key := fmt.Sprintf("k%d", i)
		rec, err := v.Record(key)
		if err != nil {
			t.Fatalf("record: %v", err)
		}
		doc, err := crdt.Decode(rec.Body)
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		all[key] = slices.SortedFunc(doc.Dots(), crdt.Dot.Compare)
	}
	return all
}

const keys = 5

// somebody writes or removes something, or the two exchange all.
func step(t *rapid.T, a, b *node) {
	n := rapid.SampledFrom([]*node{a, b}).Draw(t, "who")
	key := fmt.Sprintf("k%d", rapid.IntRange(0, keys-1).Draw(t, "key"))
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		n.write(t, "people", change{key: key})
	case 1:
		a.pull(t, "people", b)
	case 2:
		b.pull(t, "people", a)
	default:
		n.write(t, "people", change{key: key, json: rapid.SampledFrom([]string{`{"x":1}`, `{"x":2,"n":{"$counter":3}}`, `{"y":[1,2]}`, `{"n":{"$counter":5}}`, `7`}).Draw(t, "json")})
	}
}

// TestSalvageRemovesNothing: documents that are taken over from an old state of a
// store, of which nothing else is known, neither remove what they have not seen nor bring back
// what others have removed: each live change of the peer stays, unless it is one that
// the old document has seen and does not have; of the old one comes back what the peer has not seen.
func TestSalvageRemovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		old := a.store.Kill()
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			step(t, a, b)
			if rapid.IntRange(0, 3).Draw(t, "old") == 0 {
				old = a.store.Kill()
			}
		}
		next := a.salvageFrom(t, old)
		had, seen, least := b.dotsOf(t, "people"), b.knowledge(t, "people"), next.knowledge(t, "people")
		within := func(key string) bool { // all that the peer has of it was seen: it was there at its last changes
			rec, err := b.Get("people", key)
			if err != nil {
				t.Fatal(err)
			}
			return len(rec.Heads) > 0 && !slices.ContainsFunc(rec.Heads, func(d crdt.Dot) bool { return !least.At(key).Has(d) })
		}
		want := next.dotsOf(t, "people")
		for key, dots := range want {
			kept := slices.DeleteFunc(slices.Clone(dots), func(d crdt.Dot) bool {
				return seen.At(key).Has(d) && !slices.Contains(had[key], d)
			})
			for _, d := range had[key] {
				if !within(key) && !least.At(key).Has(d) && !slices.Contains(kept, d) {
					kept = append(kept, d)
				}
			}
			want[key] = slices.SortedFunc(slices.Values(kept), crdt.Dot.Compare)
		}
		next.pull(t, "people", b)
		b.pull(t, "people", next)
		for _, n := range []*node{next, b} {
			if got := n.dotsOf(t, "people"); !maps.EqualFunc(got, want, slices.Equal) {
				t.Fatalf("at %c: %v\nwant %v", n.name, got, want)
			}
			n.hash(t, "people")
		}
		if next.root(t, "people") != b.root(t, "people") {
			t.Fatal("other roots")
		}
	})
}

// changed is what a transaction has made of one state of a store.
func changed(before, after []storage.Item) storage.Transaction {
	tx := storage.Transaction{}
	was := map[string][]byte{}
	for _, item := range before {
		was[string(item.Key)] = item.Value
		tx[string(item.Key)] = nil
	}
	for _, item := range after {
		if value, is := was[string(item.Key)]; is && bytes.Equal(value, item.Value) {
			delete(tx, string(item.Key))
			continue
		}
		tx[string(item.Key)] = item.Value
	}
	return tx
}

// TestSalvageLater: what transactions have written behind a damage in a log is taken over with all
// that was known when it was written: if none of them is missing the store and its peer end
// as if nothing had been damaged, and what was removed by them is removed.
func TestSalvageLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		for range rapid.IntRange(1, 10).Draw(t, "before") {
			step(t, a, b)
		}
		prefix := &node{store: a.store.Kill(), name: 'a', rand: a.rand}
		var txs []storage.Transaction
		before := dump(t, a.store)
		for range rapid.IntRange(1, 10).Draw(t, "behind") {
			step(t, a, b)
			after := dump(t, a.store)
			if tx := changed(before, after); len(tx) > 0 {
				txs = append(txs, tx)
			}
			before = after
		}
		if !prefix.behind(t, txs, a.numbers(t)) {
			t.Fatal("something cannot be read, or is not signed for")
		}
		want := a.dotsOf(t, "people")
		if got := prefix.dotsOf(t, "people"); !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("taken over: %v\nwant %v", got, want)
		}
		b2 := &node{store: b.store.Kill(), name: 'b', rand: b.rand}
		b2.open(t, storage.Options{})
		for _, pair := range [][2]*node{{a, b}, {prefix, b2}} {
			pair[0].pull(t, "people", pair[1])
			pair[1].pull(t, "people", pair[0])
			pair[0].hash(t, "people")
			pair[1].hash(t, "people")
		}
		if prefix.root(t, "people") != a.root(t, "people") || b2.root(t, "people") != a.root(t, "people") {
			t.Fatalf("%v and %v\nwant %v", prefix.dotsOf(t, "people"), b2.dotsOf(t, "people"), a.dotsOf(t, "people"))
		}
	})
}

// TestSalvageWithoutState: a store that has lost the state of a collection, and nothing else, signs for what it
// has written by the fingerprints of its transactions: each of its documents is taken over,
// also those that no peer has, and a peer that counted some of its changes gets the rest.
func TestSalvageWithoutState(t *testing.T) {
	for _, retired := range []bool{false, true} {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		a.write(t, "people", change{key: "shared", json: `{"v":1}`}, change{key: "gone", json: `1`})
		b.pull(t, "people", a)
		b.write(t, "people", change{key: "theirs", json: `1`})
		a.pull(t, "people", b)
		for i := range 100 {
			a.write(t, "people", change{key: fmt.Sprint("own", i%7), json: fmt.Sprint(i)})
		}
		if retired { // and so is what was written before
			if err := a.Update((*storage.Batch).Renew); err != nil {
				t.Fatal(err)
			}
		}
		a.write(t, "people", change{key: "shared", json: `{"v":2}`}, change{key: "gone", json: ``})
		if err := a.store.Update(func(tx storage.Tx) error { return tx.Delete([]byte("cpeople")) }); err != nil {
			t.Fatal(err)
		}
		next := a.salvageFrom(t, a.store.Kill())
		b.pull(t, "people", next)
		next.pull(t, "people", b)
		for _, n := range []*node{next, b} {
			for i := range 7 {
				if got, want := plain(t, n, "people", fmt.Sprint("own", i)), fmt.Sprint(99-(99-i)%7); got != want {
					t.Errorf("%c holds own%d: %s, want %s", n.name, i, got, want)
				}
			}
			if got := plain(t, n, "people", "shared"); got != `{"v":2}` {
				t.Errorf("%c holds shared: %s", n.name, got)
			}
			if rec, err := n.Get("people", "theirs"); err != nil || !rec.Exists() {
				t.Errorf("%c has lost what b wrote: %v", n.name, err)
			}
		}
	}
}

// plain is a document as JSON.
func plain(t failer, n *node, coll, key string) string {
	t.Helper()
	rec, err := n.Get(coll, key)
	if err != nil {
		t.Fatalf("%s at %c: %v", key, n.name, err)
	}
	doc, err := crdt.Decode(rec.Body)
	if err != nil {
		t.Fatalf("%s at %c: %v", key, n.name, err)
	}
	return string(doc.AppendJSON(nil, crdt.FormatPlain))
}
