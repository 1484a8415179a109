package storage_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// TestSalvageBehindTwoStates: the states of two transactions one behind the other are lost, with the end of the first. The
// document of the second is taken over with what was known in front of both, since the incarnation that had written by then has
// written it, or writes still: of what the edit had replaced no part is left at the peer.
func TestSalvageBehindTwoStates(t *testing.T) {
	for _, told := range []string{"by the edit", "later", "nothing"} {
		a, b := &logged{node: newNode(t, 'a')}, newNode(t, 'b')
		a.write(t, "people", change{key: "doc", json: `{"n":1,"count":{"$counter":17}}`})
		b.pull(t, "people", a.node)
		b.write(t, "people", change{key: "doc", json: `{"n":2,"by":"b","count":{"$counter":10}}`})
		a.pull(t, "people", b)
		a.front(t)
		a.write(t, "people", change{key: "first", json: `1`})
		delete(a.keep(t), "cpeople")
		a.txs = append(a.txs, storage.Transaction{})
		a.write(t, "people", change{key: "doc", json: `{"edited":true}`})
		tx := a.keep(t)
		delete(tx, "cpeople")
		if told != "by the edit" {
			maps.DeleteFunc(tx, func(key string, _ []byte) bool { return key[0] == 'f' })
		}
		want := map[string]string{"doc": `{"edited":true}`}
		switch told {
		case "later":
			a.write(t, "people", change{key: "last", json: `1`})
			delete(a.keep(t), "cpeople")
		case "nothing": // it may have been given up in between, and found again
			b.write(t, "people", change{key: "last", json: `1`})
			a.pull(t, "people", b)
			a.keep(t)
			want["doc"] = `{"n":2,"by":"b","count":-7,"edited":true}`
		}
		a.txs = append(a.txs, storage.Transaction{})
		if got := besideOf(t, a.prefix.store, a.txs); len(got) > 0 != (told == "nothing") || told == "nothing" && got[0] != "doc" {
			t.Errorf("told %s: of %q it is not known what they had replaced", told, got)
		}
		a.settleBeside(t, b, want)
	}
}

// besideOf are the documents behind a damage that were written by the store, and of which nobody knows what that had replaced.
func besideOf(t *testing.T, s storage.Store, txs []storage.Transaction) (keys []string) {
	t.Helper()
	err := s.View(func(r storage.Reader) error {
		_, err := storage.SalvageLater(r, txs, func(s storage.Salvaged) error {
			if s.Beside {
				keys = append(keys, s.Document.Key)
			}
			return nil
		})
		return err
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return keys
}

// TestSalvageBehindTwoStatesRemovesNothing: whatever was written, heard and given up, and whatever is lost of it, what is taken
// over removes nothing at a peer that the node, or the peer, has not removed by a write.
func TestSalvageBehindTwoStatesRemovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := &logged{node: newNode(t, 'a')}, newNode(t, 'b')
		removed := map[crdt.Dot]bool{}
		history := func() {
			n := rapid.SampledFrom([]*node{a.node, b}).Draw(t, "who")
			key := fmt.Sprintf("k%d", rapid.IntRange(0, 1).Draw(t, "key"))
			switch rapid.IntRange(0, 8).Draw(t, "what") {
			case 0:
				a.pull(t, "people", b)
			case 1:
				b.pull(t, "people", a.node)
			case 2, 3:
				if err := a.Condemn("people", []crdt.Range{{From: key, To: key + "\x00"}}); err != nil {
					t.Fatal(err)
				}
			default:
				was := n.dotsOf(t, "people")
				n.write(t, "people", change{key: key, json: rapid.SampledFrom([]string{``, `{"x":1}`, `{"x":2,"n":{"$counter":3}}`, `{"n":{"$counter":5}}`, `7`}).Draw(t, "json")})
				is := n.dotsOf(t, "people")
				for _, d := range was[key] {
					removed[d] = removed[d] || !slices.Contains(is[key], d)
				}
			}
		}
		for range rapid.IntRange(0, 10).Draw(t, "before") {
			history()
		}
		a.front(t)
		first, last := rapid.IntRange(0, 2).Draw(t, "first"), rapid.IntRange(2, 8).Draw(t, "last")
		for i := range rapid.IntRange(1, 8).Draw(t, "behind") {
			history()
			damaged := first <= i && i <= last
			how := rapid.SampledFrom([]string{"state", "state", "state", "part", "all"}).Draw(t, "lost")
			if damaged && how == "all" {
				a.lose(t)
			} else if tx := a.keep(t); damaged && len(tx) > 0 {
				delete(tx, "cpeople")
				if how == "part" {
					leaveOut(t, tx)
				}
			}
			if damaged {
				a.txs = append(a.txs, storage.Transaction{})
			}
		}
		a.prefix.behind(t, a.txs, a.numbers(t))
		had := b.dotsOf(t, "people")
		b.pull(t, "people", a.prefix)
		has := b.dotsOf(t, "people")
		for key, dots := range had {
			for _, d := range dots {
				if !removed[d] && !slices.Contains(has[key], d) {
					t.Fatalf("%s is left with %v of %v, and nobody has removed %v", key, has[key], dots, d)
				}
			}
		}
	})
}
