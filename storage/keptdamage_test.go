package storage_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// keeper is a store of which every record is there that is kept of a collection
// as a whole: with removals that are forgotten, a horizon, heads of others, an
// earlier incarnation, and a base of the state.
func keeper(t *testing.T) *node {
	a, b := written(t, 40), newNode(t, 'c')
	b.write(t, "people", change{key: "of b", json: `1`})
	a.pull(t, "people", b)
	a.hash(t, "people")
	if a.forget(t, "people", a.knowledge(t, "people"), 10) == 0 {
		t.Fatal("nothing was forgotten")
	}
	commit(t, a, func(b *storage.Batch) error { return b.Renew() })
	a.write(t, "people", change{key: "050", json: `3`})
	commit(t, a, func(b *storage.Batch) error { return b.Restore("people") })
	a.hash(t, "people")
	return a
}

func commit(t *testing.T, n *node, fn func(*storage.Batch) error) {
	t.Helper()
	if err := n.Update(fn); err != nil {
		t.Fatal(err)
	}
}

// TestScrubFindsDamageOfWhatIsKept: a bit that flips in any record that is kept of
// a collection as a whole is found, and so is one that is lost, by the scrub and
// by a check of everything; Restore heals what it says.
func TestScrubFindsDamageOfWhatIsKept(t *testing.T) {
	for prefix, problem := range map[string]storage.Problem{
		"cpeople": storage.ProblemState, "kpeople": storage.ProblemState, "gpeople": storage.ProblemState,
		"gpeople\x00v": storage.ProblemState, "gpeople\x00m": storage.ProblemState, "upeople": storage.ProblemTree,
		"hpeople\x00": storage.ProblemHead, "opeople\x00": storage.ProblemHead, "fpeople\x00": storage.ProblemChain,
	} {
		for name, fn := range map[string]func(storage.Tx, storage.Item) error{"flip": flip, "drop": drop} {
			if name == "drop" && (prefix[0] == 'f' || prefix == "gpeople\x00m") {
				continue // it is as if there had been none
			}
			t.Run(name+" "+strings.ReplaceAll(prefix, "\x00", "/"), func(t *testing.T) {
				a := keeper(t)
				commit(t, a, func(b *storage.Batch) error { return b.NoteHorizon("people", time.UnixMilli(17)) })
				if found, _ := a.scrub(t, "people", 500, func() {}); len(found) > 0 {
					t.Fatalf("before: %v", found)
				}
				root, forgotten, touched := a.root(t, "people"), a.forgotten(t, "people"), false
				damage(t, a, prefix, func(tx storage.Tx, item storage.Item) error {
					if touched || prefix[0] == 'g' && !strings.Contains(prefix, "\x00") && strings.Contains(string(item.Key), "\x00") {
						return nil
					}
					touched = true
					return fn(tx, item)
				})
				if !touched {
					t.Fatal("there is no such record")
				}
				one := func(found []storage.Finding) bool {
					return len(found) == 1 && found[0].Problem == problem && found[0].Key == "" && found[0].Collection == "people"
				}
				if found, _ := a.scrub(t, "people", 500, func() {}); !one(found) {
					t.Fatalf("the scrub found %v", found)
				}
				if found, err := a.VerifyRange("people", "", ""); err != nil || !one(found) {
					t.Fatalf("a check found %v, %v", found, err)
				}
				if problem != storage.ProblemState {
					return
				}
				commit(t, a, func(b *storage.Batch) error { return b.Restore("people") })
				a.open(t, storage.Options{})
				if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
					t.Fatalf("when it is restored: %v, %v", found, err)
				}
				if now := a.forgotten(t, "people"); !now.Covers(forgotten) {
					t.Errorf("forgotten was %s and is %s", forgotten, now)
				}
				if a.hash(t, "people"); a.root(t, "people") != root {
					t.Error("another root")
				}
			})
		}
	}
}

// TestForgottenIsMissing: where the record of what is forgotten is lost, all that
// is known counts as forgotten, until it is known better.
func TestForgottenIsMissing(t *testing.T) {
	a := keeper(t)
	a.open(t, storage.Options{})
	err := a.store.Update(func(tx storage.Tx) error { return tx.Delete([]byte("gpeople")) })
	if err != nil {
		t.Fatal(err)
	}
	if f := a.forgotten(t, "people"); !f.Equal(a.knowledge(t, "people")) {
		t.Errorf("forgotten is %s", f)
	}
}

// TestStateIsMissing: a store that has lost what it knows of a collection does not
// show it as empty, nor is it opened, with its documents as somebody else's.
func TestStateIsMissing(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	a.write(t, "pets", change{key: "rex", json: `1`})
	err := a.store.Update(func(tx storage.Tx) error { return tx.Delete([]byte("cpeople")) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.View("people"); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("view: %v", err)
	}
	if _, err := storage.OpenDocuments(a.store, storage.Options{Device: device('a'), Rand: a.rand}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("open: %v", err)
	}
	err = a.store.View(func(r storage.Reader) error {
		unknown, err := storage.Unknown(r)
		if !slices.Equal(unknown, []string{"people"}) {
			t.Errorf("unknown: %v", unknown)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := storage.Erase(a.store, "people"); err != nil {
		t.Fatal(err)
	}
	for _, item := range dump(t, a.store) {
		if bytes.Contains(item.Key, []byte("people")) {
			t.Errorf("%q is left", item.Key)
		}
	}
	a.open(t, storage.Options{Restored: true})
	if rec, err := a.Get("pets", "rex"); err != nil || !rec.Exists() {
		t.Errorf("another collection: %v %v", rec, err)
	}
}

// TestVerifyStore: a bit that flips in a record of the store as a whole is found,
// and RestoreStore writes it again, so that the store opens.
func TestVerifyStore(t *testing.T) {
	for _, prefix := range []string{"r\x00\x00\x00\x00", "r\x00\x00\x00\x01", "mincarnations", "mformat", "mstop", "mscope"} {
		for name, fn := range map[string]func(storage.Tx, storage.Item) error{"flip": flip, "drop": drop} {
			if prefix == "mscope" && name == "drop" {
				continue
			}
			a := keeper(t)
			scope := func(b *storage.Batch) error { return b.SetScope([]byte("*")) }
			commit(t, a, scope)
			if found, err := a.VerifyStore(); err != nil || len(found) > 0 {
				t.Fatalf("before: %v, %v", found, err)
			}
			damage(t, a, prefix, fn)
			if found, err := a.VerifyStore(); err != nil || len(found) != 1 || found[0].Problem != storage.ProblemState {
				t.Errorf("%s of %q: %v, %v", name, prefix, found, err)
			}
			commit(t, a, func(b *storage.Batch) error { return errors.Join(b.RestoreStore(), scope(b)) })
			if found, err := a.VerifyStore(); err != nil || len(found) > 0 {
				t.Errorf("%s of %q, restored: %v, %v", name, prefix, found, err)
			}
			known := a.knowledge(t, "people")
			if a.open(t, storage.Options{}); !a.knowledge(t, "people").Equal(known) || known.Equal(crdt.Knowledge{}) {
				t.Errorf("%s of %q: known was %s", name, prefix, known)
			}
		}
	}
}
