package storage_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// A Forfeit in parts is one of the whole; after each part the store is sound,
// and what is not yet forfeited is there.
func TestForfeitInParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		var all []string
		for i := range rapid.IntRange(0, 30).Draw(t, "documents") {
			key := fmt.Sprintf("k%02d", i)
			all = append(all, key)
			a.write(t, "people", change{key: key, json: `{"x":1}`})
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				b.write(t, "people", change{key: key, json: `{"y":1}`})
			}
			if rapid.IntRange(0, 5).Draw(t, "what") == 0 {
				a.write(t, "people", change{key: key, json: ``})
			}
		}
		a.pull(t, "people", b)
		b.pull(t, "people", a)
		a.hash(t, "people")
		for _, prefix := range []string{"dpeople\x00k1", "dpeople\x00k07"} { // some of them
			if rapid.Bool().Draw(t, "damaged") {
				damage(t, a, prefix, rapid.SampledFrom([]func(storage.Tx, storage.Item) error{flip, drop}).Draw(t, "how"))
			}
		}
		from, to := "k0", "k2"
		if rapid.Bool().Draw(t, "all") {
			from, to = "", ""
		}
		lost := []crdt.Range{{From: from, To: to}}
		limit := rapid.IntRange(1, 12).Draw(t, "limit")
		was := a.Replica()
		for n := 0; len(lost) > 0; n++ {
			if n > 60 {
				t.Fatal("no end")
			}
			err := a.Update(func(b *storage.Batch) (err error) {
				lost, err = b.ForfeitSome("people", lost, limit)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			next := to
			if len(lost) > 0 {
				next = lost[0].From
			}
			wantForfeited(t, a, from, next)
			if found, err := a.VerifyRange("people", from, next); next != from && (err != nil || len(found) > 0) {
				t.Fatalf("after part %d: %v %v", n, found, err)
			}
		}
		if len(all) > 0 && a.Replica() == was {
			t.Fatal("no new incarnation")
		}
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("at the end: %v %v", found, err)
		}
		a.pull(t, "people", b)
		a.hash(t, "people")
		b.hash(t, "people")
		if a.root(t, "people") != b.root(t, "people") {
			t.Fatal("refilled, but the roots differ")
		}
	})
}

// wantForfeited checks that nothing is known of the keys [from, to), to "" being
// all, and that all that was known of the others still is.
func wantForfeited(t *rapid.T, n *node, from, to string) {
	t.Helper()
	known := n.knowledge(t, "people")
	for i := range 30 {
		key := fmt.Sprintf("k%02d", i)
		lost := key >= from && (to == "" || key < to)
		if got := known.At(key).Len() == 0; got != lost && known.Max().Len() > 0 {
			t.Fatalf("forfeited from %q to %q, known of %s is %v", from, to, key, known.At(key))
		}
	}
}

// VerifyKeys finds what VerifyRange finds in each of the keys.
func TestVerifyKeys(t *testing.T) {
	a := newNode(t, 'a')
	var keys []string
	for i := range 200 {
		keys = append(keys, fmt.Sprintf("k%03d", i))
		a.write(t, "people", change{key: keys[i], json: fmt.Sprint(i)})
	}
	a.hash(t, "people")
	damage(t, a, "dpeople\x00k01", flip)
	damage(t, a, "dpeople\x00k02", drop)
	damage(t, a, "ipeople\x00", func(tx storage.Tx, item storage.Item) error {
		if item.Value[1] == '1' {
			return tx.Delete(item.Key)
		}
		return nil
	})
	some := []string{"k150", "k011", "k023", "k000", "k199", "k023", "none"}
	got, err := a.VerifyKeys("people", some)
	if err != nil {
		t.Fatal(err)
	}
	var want []storage.Finding
	for _, key := range some[:5] {
		found, err := a.VerifyRange("people", key, key+"\x00")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, found...)
	}
	text := func(all []storage.Finding) (out []string) {
		for _, f := range all {
			if f.Problem != storage.ProblemTree { // about a leaf, which keys may share
				out = append(out, f.String())
			}
		}
		slices.Sort(out)
		return out
	}
	if len(want) < 4 || !slices.Equal(text(got), text(want)) {
		t.Errorf("found\n%q, one by one\n%q", text(got), text(want))
	}
}

// TestWriteAndGiveUpAtOnce: what was written before, in the same Update, counts
// like all else of the keys that are given up; what is written behind it has dots
// of another incarnation, and is known of all keys.
func TestWriteAndGiveUpAtOnce(t *testing.T) {
	for name, giveUp := range map[string]func(*storage.Batch) error{
		"forfeit": func(b *storage.Batch) error { return b.Forfeit("people", "b", "d") },
		"leave":   func(b *storage.Batch) error { return b.Leave("people", []crdt.Range{{From: "b", To: "d"}}) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newNode(t, 'a')
			a.write(t, "people", change{key: "ann", json: `1`}, change{key: "bob", json: `1`})
			first, second := a.Replica(), crdt.ReplicaID{}
			err := a.Update(func(b *storage.Batch) error {
				err := writeIn(b, "people", 7, change{key: "bob", json: `2`}, change{key: "cyd", json: `2`})
				if err == nil {
					err = giveUp(b)
				}
				if err == nil {
					err = writeIn(b, "people", 8, change{key: "dan", json: `3`})
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if second = a.Replica(); second == first {
					t.Fatal("no new incarnation")
				}
				known := a.knowledge(t, "people")
				lost, kept := crdt.Counters{second: 1}.Vector(), crdt.Counters{first: 4, second: 1}.Vector()
				if !known.At("bob").Equal(lost) || !known.At("cyd").Equal(lost) || !known.At("ann").Equal(kept) || !known.At("dan").Equal(kept) {
					t.Fatalf("known is %s", known)
				}
				a.store = a.store.Kill()
				a.open(t, storage.Options{})
			}
		})
	}
}
