package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// concurrent is a node that holds "k" as so many have changed it who had not heard of each other, and what its record was
// while it had the first had of these.
func concurrent(t *testing.T, all, had int) (a *node, was []byte) {
	a = newNode(t, 'a')
	for i := range all {
		o := newNode(t, byte('b'+i))
		o.write(t, "people", change{key: "k", json: fmt.Sprintf(`{"x%d":1}`, i)})
		a.pull(t, "people", o)
		if i == had-1 {
			damage(t, a, "dpeople\x00k", func(_ storage.Tx, item storage.Item) error { was = bytes.Clone(item.Value); return nil })
		}
	}
	return a, was
}

// sentBut is what a says to a peer that lacks one of the heads of k alone.
func sentBut(t *testing.T, a *node, lacks crdt.Dot) error {
	v := a.view(t, "people")
	known := v.Knowledge().Max()
	known.Set(lacks.Replica, lacks.Counter-1)
	keys, _, err := v.Candidates(crdt.Know(known), "", 10)
	if err == nil && !slices.Contains(keys, "k") {
		return errors.New("it is no candidate")
	}
	if err == nil {
		_, err = v.Record("k")
	}
	return err
}

// TestEarlierRecordAmongHeads: an earlier record, of which every head still stands, is not sent to a peer, which would
// take what it lacks for removed; nor written on, nor merged onto. A check finds it, in one piece or in steps, and takes it for
// an earlier record, not for an index to be made anew.
func TestEarlierRecordAmongHeads(t *testing.T) {
	for _, n := range []struct{ all, had int }{{2, 1}, {3, 1}, {3, 2}, {18, 15}} {
		a, was := concurrent(t, n.all, n.had)
		rec, err := a.Get("people", "k")
		if err != nil || len(rec.Heads) != n.all {
			t.Fatalf("%d heads: %v, %v", n.all, rec.Heads, err)
		}
		for _, h := range rec.Heads {
			if err := sentBut(t, a, h); err != nil {
				t.Fatalf("%v: whole: %v", n, err)
			}
		}
		damage(t, a, "dpeople\x00k", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, was) })
		for _, h := range rec.Heads {
			if err := sentBut(t, a, h); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("%v: who lacks %s is sent it: %v", n, h, err)
			}
		}
		err = a.Update(func(b *storage.Batch) error {
			rec, err := b.Get("people", "k")
			if err != nil {
				return err
			}
			return b.Listed("people", rec)
		})
		if !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("%v: a write: %v", n, err)
		}
		other := newNode(t, 'z')
		other.write(t, "people", change{key: "k", json: `{"z":1}`})
		if _, err := a.tryMerge("people", other.frames(t, "people", a.knowledge(t, "people"), 3)[0]); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("%v: a merge: %v", n, err)
		}
		found, err := a.VerifyRange("people", "", "")
		if err != nil || len(found) == 0 {
			t.Errorf("%v: a check finds %v, %v", n, found, err)
		}
		for at := storage.ScrubPlace(""); ; {
			s, err := a.ScrubStep("people", at, []crdt.Range{{}}, 1)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, s.Findings...)
			if at = s.Next; at == "" {
				break
			}
		}
		if slices.ContainsFunc(found, func(f storage.Finding) bool { return f.Key == "k" && f.Problem != storage.ProblemStale }) {
			t.Errorf("%v: a check finds %v", n, found)
		}
	}
}

// TestEarlierRecordOfAsManyHeads: nor is one sent that has as many heads as the last one, some of them replaced.
func TestEarlierRecordOfAsManyHeads(t *testing.T) {
	a, b, c := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
	b.write(t, "people", change{key: "k", json: `{"b":1}`})
	c.write(t, "people", change{key: "k", json: `{"c":1}`})
	a.pull(t, "people", b)
	a.pull(t, "people", c)
	var was []byte
	damage(t, a, "dpeople\x00k", func(_ storage.Tx, item storage.Item) error { was = bytes.Clone(item.Value); return nil })
	b.write(t, "people", change{key: "k", json: `{"b":2}`})
	a.pull(t, "people", b)
	if err := a.Enrol("people"); err != nil {
		t.Fatal(err)
	}
	lacks := crdt.Dot{Replica: c.Replica(), Counter: 1}
	if err := sentBut(t, a, lacks); err != nil {
		t.Fatalf("whole: %v", err)
	}
	damage(t, a, "dpeople\x00k", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, was) })
	if err := sentBut(t, a, lacks); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("sent: %v", err)
	}
}

// TestNumberInAnEntry: an entry that says another number of heads is no loss: it is found, and made again from the record. One
// that says none, as those of format 5 did, is sound, and says it from the next concurrent change on.
func TestNumberInAnEntry(t *testing.T) {
	a, _ := concurrent(t, 3, 1)
	damage(t, a, "ipeople\x00", func(tx storage.Tx, item storage.Item) error {
		if !bytes.HasSuffix(item.Value, []byte{0xff, 3}) {
			t.Errorf("the entry says %q", item.Value)
		}
		return tx.Set(item.Key, []byte("k\xff\x09"))
	})
	found, err := a.VerifyRange("people", "", "")
	if err != nil || len(found) != 1 || found[0].Problem != storage.ProblemIndex || found[0].Key != "k" {
		t.Fatalf("a check finds %v, %v", found, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.Reindex("people", []string{"k"}) }); err != nil {
		t.Fatal(err)
	}
	sound := func(when string) {
		rec, err := a.Get("people", "k")
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range rec.Heads {
			if err := sentBut(t, a, h); err != nil {
				t.Errorf("%s: %v", when, err)
			}
		}
		if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
			t.Errorf("%s: %v, %v", when, found, err)
		}
	}
	sound("made again")
	damage(t, a, "ipeople\x00", func(tx storage.Tx, item storage.Item) error { return tx.Set(item.Key, []byte("k")) })
	setFormat(t, a.store, 5)
	a.store = a.store.Kill()
	a.open(t, storage.Options{})
	sound("of format 5")
	other := newNode(t, 'z')
	other.write(t, "people", change{key: "k", json: `{"z":1}`})
	a.pull(t, "people", other)
	for _, item := range entriesOf(t, a, "people", "k") {
		if !bytes.HasSuffix(item.Value, []byte{0xff, 4}) {
			t.Errorf("the entry says %q", item.Value)
		}
	}
	sound("with one more")
	a.write(t, "people", change{key: "k", json: `{"last":1}`})
	for _, item := range entriesOf(t, a, "people", "k") {
		if string(item.Value) != "k" {
			t.Errorf("the entry of the only head says %q", item.Value)
		}
	}
	sound("written")
}

// TestCrowdedEntriesStay: of a document that very many have changed a further change writes no entry but its own.
func TestCrowdedEntriesStay(t *testing.T) {
	a, _ := concurrent(t, 17, 1)
	before := entriesOf(t, a, "people", "k")
	other := newNode(t, 'z')
	other.write(t, "people", change{key: "k", json: `{"z":1}`})
	a.pull(t, "people", other)
	after := entriesOf(t, a, "people", "k")
	if len(after) != len(before)+1 {
		t.Fatalf("%d entries, then %d", len(before), len(after))
	}
	for i, item := range before {
		if !bytes.Equal(item.Value, after[i].Value) {
			t.Errorf("an entry said %q, and says %q", item.Value, after[i].Value)
		}
	}
}
