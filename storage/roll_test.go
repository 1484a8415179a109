package storage_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// entriesOf are the entries of the dot index of a document.
func entriesOf(t failer, n *node, coll, key string) (out []storage.Item) {
	t.Helper()
	err := n.store.View(func(r storage.Reader) error {
		o := storage.ScanOptions{Start: []byte("i" + coll + "\x00"), End: []byte("i" + coll + "\x01")}
		for item, err := range r.Scan(o) {
			if err != nil {
				return err
			}
			if named, _, _ := bytes.Cut(item.Value, []byte{0xff}); string(named) == key {
				out = append(out, storage.Item{Key: bytes.Clone(item.Key), Value: bytes.Clone(item.Value)})
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	return out
}

// under does something to what is stored, beneath the documents.
func under(t failer, n *node, fn func(tx storage.Tx) error) {
	t.Helper()
	if err := n.store.Update(fn); err != nil {
		t.Fatalf("%v", err)
	}
}

// TestLostEntryIsNotDrained: whoever drains past an entry of the index that is lost, or that was dropped and is
// there again, is told of damage, and after a Reindex gets the document: whether it was lost before
// the store was opened or after, of the first or the last change, and whatever the peer knows.
func TestLostEntryIsNotDrained(t *testing.T) {
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		keys := rapid.IntRange(1, 20).Draw(t, "keys")
		at := rapid.IntRange(1, 200).Draw(t, "when the peer has heard all")
		for i := range rapid.IntRange(at+1, 300).Draw(t, "writes") {
			if i == at {
				b.pull(t, "c", a)
			}
			json := `1`
			if rapid.IntRange(0, 9).Draw(t, "removed") == 0 {
				json = ``
			}
			if err := a.tryWrite("c", change{key: fmt.Sprint("k", rapid.IntRange(0, keys-1).Draw(t, "key")), json: json}); err != nil {
				t.Fatal(err)
			}
		}
		known := b.knowledge(t, "c")
		want, _, err := a.view(tb, "c").Candidates(known, "", 1000)
		if err != nil || len(want) == 0 || known.Max().Len() == 0 {
			t.Skip("nothing new, or all: then records are compared with the index")
		}
		lost := rapid.SampledFrom(want).Draw(t, "lost")
		if rapid.Bool().Draw(t, "closed before") {
			a.store = a.store.Kill()
			a.open(t, storage.Options{})
		}
		entries := entriesOf(t, a, "c", lost)
		under(t, a, func(tx storage.Tx) error {
			for _, e := range entries {
				if err := tx.Delete(e.Key); err != nil {
					return err
				}
			}
			return nil
		})
		if rapid.Bool().Draw(t, "opened again") {
			a.store = a.store.Kill()
			a.open(t, storage.Options{})
			if err := a.Enrol("c"); !errors.Is(err, storage.ErrDamaged) {
				t.Fatalf("opened: %v", err)
			}
		}
		if keys, _, err := a.view(tb, "c").Candidates(known, "", 1000); !errors.Is(err, storage.ErrDamaged) {
			t.Fatalf("without %v of %s it offers %v, %v", entries, lost, keys, err)
		}
		found, err := a.VerifyRange("c", "", "")
		if err != nil || len(found) == 0 || found[0].Key != lost {
			t.Fatalf("%v, %v", found, err)
		}
		if err := a.Update(func(b *storage.Batch) error { return b.Reindex("c", []string{lost}) }); err != nil {
			t.Fatal(err)
		}
		got, _, err := a.view(tb, "c").Candidates(known, "", 1000)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("healed, it offers %v, %v, want %v", got, err, want)
		}
		if found, err := a.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
			t.Fatalf("healed: %v, %v", found, err)
		}
	})
}

// TestDroppedEntryAgain: an entry that is there again is missed by no drain that comes by, and a record that has come
// back with it is no base.
func TestDroppedEntryAgain(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "c", change{key: "j", json: `1`})
	a.write(t, "c", change{key: "k", json: `{"v":"old"}`})
	was, entry := dump(t, a.store), entriesOf(t, a, "c", "k")
	a.write(t, "c", change{key: "k", json: `{"v":"new"}`})
	now := entriesOf(t, a, "c", "k")
	under(t, a, func(tx storage.Tx) error {
		for _, item := range was {
			if string(item.Key) == "dc\x00k" {
				return errors.Join(tx.Set(item.Key, item.Value), tx.Set(entry[0].Key, entry[0].Value), tx.Delete(now[0].Key))
			}
		}
		return errors.New("no record")
	})
	rec, err := a.Get("c", "k")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.Listed("c", rec) }); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("as a base: %v", err)
	}
	if keys, _, err := a.view(t, "c").Candidates(crdt.Know(vector(rec.Heads[0].Replica, 1)), "", 10); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("drained: %v, %v", keys, err)
	}
	found, err := a.VerifyRange("c", "", "")
	if err != nil || len(found) != 1 || found[0].Key != "k" || found[0].Problem != storage.ProblemStale {
		t.Errorf("%v, %v", found, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.Forfeit("c", "k", "k\x00") }); err != nil {
		t.Fatal(err)
	}
	if found, err = a.VerifyRange("c", "", ""); err != nil || len(found) > 0 {
		t.Errorf("given up: %v, %v", found, err)
	}
}

func vector(r crdt.ReplicaID, n uint64) (v crdt.VersionVector) {
	v.Set(r, n)
	return v
}

// TestRecordAndEntryLost: that both are lost is missed too.
func TestRecordAndEntryLost(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "c", change{key: "j", json: `1`})
	known := a.knowledge(t, "c")
	a.write(t, "c", change{key: "k", json: `2`})
	entry := entriesOf(t, a, "c", "k")
	under(t, a, func(tx storage.Tx) error { return errors.Join(tx.Delete(entry[0].Key), tx.Delete([]byte("dc\x00k"))) })
	if keys, _, err := a.view(t, "c").Candidates(known, "", 10); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("%v, %v", keys, err)
	}
}

// TestRollOfAnEarlierFormat: in a store of format 3 no sum is known. It is when the index was read, and
// survives the next opening.
func TestRollOfAnEarlierFormat(t *testing.T) {
	for _, lost := range []bool{false, true} {
		a := newNode(t, 'a')
		a.write(t, "c", change{key: "j", json: `1`})
		a.write(t, "c", change{key: "k", json: `2`})
		if err := a.Update(func(b *storage.Batch) error { return b.PutWholeState("c") }); err != nil {
			t.Fatal(err)
		}
		setFormat(t, a.store, 2)
		entry := entriesOf(t, a, "c", "k")
		drop := func() {
			under(t, a, func(tx storage.Tx) error { return tx.Delete(entry[0].Key) })
		}
		if lost {
			drop()
		}
		a.store = a.store.Kill()
		a.open(t, storage.Options{})
		if err := a.Enrol("c"); errors.Is(err, storage.ErrDamaged) != lost {
			t.Errorf("lost %v: %v", lost, err)
		}
		if lost {
			continue
		}
		a.write(t, "c", change{key: "l", json: `3`})
		drop()
		a.store = a.store.Kill()
		a.open(t, storage.Options{})
		if err := a.Enrol("c"); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("lost later: %v", err)
		}
	}
}

// TestRecordAndEntryLostUnread: a peer that knows nothing, and one that lacks more than is sorted, are answered from the
// records: they too are told that a record is lost with its entry, and served once it was said.
func TestRecordAndEntryLostUnread(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		for _, key := range []string{"h", "k"} { // before the key that is asked from, and behind it
			a := newNode(t, 'a')
			a.write(t, "c", change{key: "j", json: `1`})
			known := a.knowledge(t, "c")
			if fresh {
				known = crdt.Knowledge{}
			}
			for _, k := range []string{"h", "i", "k"} {
				a.write(t, "c", change{key: k, json: `2`})
			}
			a.store = a.store.Kill()
			a.open(t, storage.Options{})
			a.SortAtMost(0)
			if !fresh { // else the index is never read for the set
				if err := a.Enrol("c"); err != nil {
					t.Fatal(err)
				}
			}
			entry := entriesOf(t, a, "c", key)
			under(t, a, func(tx storage.Tx) error {
				return errors.Join(tx.Delete(entry[0].Key), tx.Delete([]byte("dc\x00"+key)))
			})
			for _, from := range []string{"", "i", "z"} {
				if err := drained(t, a, known, from); !errors.Is(err, storage.ErrDamaged) {
					t.Errorf("fresh %v, without %s, from %q: %v", fresh, key, from, err)
				}
			}
			found, err := a.VerifyRange("c", "", "")
			if err != nil || len(found) == 0 {
				t.Fatal(found, err)
			}
			if err := a.Update(func(b *storage.Batch) error { return b.Reindex("c", []string{""}) }); err != nil {
				t.Fatal(err)
			}
			if err := drained(t, a, known, ""); err != nil {
				t.Errorf("said, it fails: %v", err)
			}
		}
	}
}

// drained is how a drain from a key on begins.
func drained(t *testing.T, n *node, known crdt.Knowledge, from string) error {
	v := n.view(t, "c")
	keys, _, err := v.Candidates(known, from, 10)
	if err == nil && len(keys) > 0 {
		_, err = v.Record(keys[0])
	}
	return err
}

// TestSumIsSaidBeside: a finding that explains no other index, and that nothing heals, does not keep the check from
// saying that a record is lost with its entry.
func TestSumIsSaidBeside(t *testing.T) {
	for _, space := range []string{"f", "h"} {
		a, o := newNode(t, 'a'), newNode(t, 'o')
		o.write(t, "c", change{key: "o", json: `1`})
		a.pull(t, "c", o)
		a.write(t, "c", change{key: "j", json: `1`})
		a.write(t, "c", change{key: "k", json: `2`})
		a.write(t, "c", change{key: "k", json: ``}) // so that the count says nothing of it
		entry := entriesOf(t, a, "c", "k")
		spoilt := 0
		under(t, a, func(tx storage.Tx) error {
			err := errors.Join(tx.Delete(entry[0].Key), tx.Delete([]byte("dc\x00k")))
			for _, item := range dump(t, a.store) {
				if bytes.HasPrefix(item.Key, []byte(space+"c\x00")) {
					item.Value[0] ^= 1
					err = errors.Join(err, tx.Set(item.Key, item.Value))
					spoilt++
				}
			}
			return err
		})
		a.store = a.store.Kill()
		a.open(t, storage.Options{})
		found, err := a.VerifyRange("c", "", "")
		said := slices.ContainsFunc(found, func(f storage.Finding) bool { return f.Key == "" && f.Problem == storage.ProblemIndex })
		if err != nil || spoilt == 0 || len(found) < 2 || !said {
			t.Errorf("%d of %s spoilt: %v, %v", spoilt, space, found, err)
		}
	}
}

// TestRollIsASet: however many changes come, and are taken in by what was there, a roll has the dots that a map has.
func TestRollIsASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, want := storage.NewRoll(), map[[2]uint64]bool{}
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		spread := rapid.Uint64Range(1, 1<<20).Draw(t, "counters")
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			n, gone := rnd.Uint32N(3), rnd.Uint32N(3) == 0
			counters := make([]uint64, rnd.Uint32N(2000))
			for i := range counters {
				counters[i] = rnd.Uint64N(spread)
			}
			for d := range want {
				if gone && d[0] == uint64(n) && rnd.Uint32N(2) == 0 {
					counters = append(counters, d[1])
				}
			}
			for _, c := range counters {
				if at := [2]uint64{uint64(n), c}; gone {
					delete(want, at)
				} else {
					want[at] = true
				}
			}
			r.Change(n, counters, gone)
			if sum, of := r.Made(want); sum != of {
				t.Fatalf("the sum is %x, of what it has %x", sum, of)
			}
		}
		for d := range want {
			if !r.Has(uint32(d[0]), d[1]) {
				t.Fatalf("%v is not there", d)
			}
		}
		for range 1000 {
			if d := [2]uint64{uint64(rnd.Uint32N(3)), rnd.Uint64N(spread)}; r.Has(uint32(d[0]), d[1]) != want[d] {
				t.Fatalf("%v: %v", d, !want[d])
			}
		}
	})
}
