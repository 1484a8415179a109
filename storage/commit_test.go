package storage_test

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

var errTest = errors.New("test")

// everything is one Update that uses every method which writes.
func everything(n *node, f storage.Frame) error {
	n.clock++
	return n.Update(func(b *storage.Batch) error {
		if err := writeIn(b, "people", n.clock, change{key: "ann", json: `1`}, change{key: "zoe", json: ``}); err != nil {
			return err
		}
		if err := writeIn(b, "new", n.clock, change{key: "k", json: `{"a":1}`}); err != nil {
			return err
		}
		if _, err := b.Merge("people", f); err != nil {
			return err
		}
		if err := b.Forfeit("people", "m", "n"); err != nil {
			return err
		}
		if _, err := b.HashTree("people", 100); err != nil {
			return err
		}
		b.Mark("people", n.clock+100)
		return writeIn(b, "people", n.clock, change{key: "ann", json: `2`})
	})
}

// prepared is a node and a frame for everything.
func prepared(t testing.TB) (*node, storage.Frame) {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	a.write(t, "people", change{key: "ann", json: `0`}, change{key: "max", json: `0`}, change{key: "zoe", json: `0`})
	b.pull(t, "people", a)
	b.write(t, "people", change{key: "bob", json: `{"x":1}`}, change{key: "max", json: ``})
	return a, b.frames(t, "people", a.knowledge(t, "people"), 100)[0]
}

// shown is what callers see of a node.
func shown(t testing.TB, n *node) string {
	t.Helper()
	out := n.Replica().Hex() + n.HighWater().String() + strings.Join(n.Collections(), " ")
	for _, coll := range []string{"people", "new"} {
		v := n.view(t, coll)
		out += coll + v.Knowledge().String() + string(rune('0'+v.Count()))
		for rec, err := range v.List("", "") {
			if err != nil {
				t.Fatal(err)
			}
			out += rec.Key + string(rec.Body)
		}
	}
	return out
}

// TestFailedUpdateLeavesNothing fails an Update in every way there is.
func TestFailedUpdateLeavesNothing(t *testing.T) {
	a, f := prepared(t)
	before, seen := dump(t, a.store), shown(t, a)
	check := func(how string, err error, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", how, err, want)
		}
		if !sameStore(before, dump(t, a.store)) || shown(t, a) != seen {
			t.Errorf("%s: something was written", how)
		}
	}
	a.store.Inject(memory.Faults{BeforeCommit: errTest})
	check("commit", everything(a, f), errTest)
	err := a.Update(func(b *storage.Batch) error {
		if err := writeIn(b, "people", 9, change{key: "ann", json: `9`}); err != nil {
			return err
		}
		if err := b.Renew(); err != nil {
			return err
		}
		return errTest
	})
	check("fn", err, errTest)
	if err := everything(a, f); err != nil {
		t.Fatal(err)
	}
	if shown(t, a) == seen {
		t.Error("the test's Update does nothing")
	}
	if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("verify: %v %v", found, err)
	}
}

// A store that says an Update failed, although it is there, must not lead to
// dots that are used twice.
func TestCommitOfUnknownOutcome(t *testing.T) {
	a, f := prepared(t)
	a.store.Inject(memory.Faults{AfterCommit: errTest})
	if err := everything(a, f); !errors.Is(err, errTest) {
		t.Fatalf("got %v", err)
	}
	was := a.knowledge(t, "people").Max()
	a.write(t, "people", change{key: "ann", json: `"next"`})
	if a.Replica() != a.reopened(t).Replica() {
		t.Error("the replica in memory is not the one in the store")
	}
	rec, _ := a.Get("people", "ann")
	if head := rec.Heads[0]; was.Has(head) {
		t.Errorf("dot %s was used before: %v", head, was)
	}
	if found, err := a.VerifyRange("people", "", ""); err != nil || len(found) > 0 {
		t.Errorf("verify: %v %v", found, err)
	}
}

// reopened is another Documents over the same store.
func (n *node) reopened(t testing.TB) *node {
	t.Helper()
	o := &node{store: n.store.Kill(), name: n.name, rand: &nonces{name: n.name, next: 100}}
	o.open(t, storage.Options{})
	return o
}

// TestPowerCut cuts the power between random commits: the store reopens with
// a prefix of them, whole.
func TestPowerCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		for range rapid.IntRange(1, 12).Draw(t, "commits") {
			a.write(t, "people", change{key: rapid.SampledFrom(lawsKeys).Draw(t, "key"), json: rapid.SampledFrom([]string{"", `1`, `{"a":1}`}).Draw(t, "json")})
			b.write(t, "people", change{key: rapid.SampledFrom(lawsKeys).Draw(t, "key"), json: `2`})
			if rapid.Bool().Draw(t, "merge") {
				a.pull(t, "people", b)
			}
			if rapid.Bool().Draw(t, "sync") {
				if err := a.Sync(); err != nil {
					t.Fatalf("sync: %v", err)
				}
			}
		}
		a.store = a.store.Crash()
		a.open(t, storage.Options{Restored: true})
		found, err := a.VerifyRange("people", "", "")
		if err != nil || len(found) > 0 {
			t.Fatalf("verify: %v %v", found, err)
		}
		a.pull(t, "people", b)
		b.pull(t, "people", a)
		if x, y := a.knowledge(t, "people"), b.knowledge(t, "people"); !x.Equal(y) {
			t.Fatalf("knowledge %v and %v", x, y)
		}
	})
}

func TestReopen(t *testing.T) {
	a, f := prepared(t)
	if err := everything(a, f); err != nil {
		t.Fatal(err)
	}
	seen := shown(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := a.tryWrite("people", change{key: "ann", json: `1`}); !errors.Is(err, storage.ErrClosed) {
		t.Errorf("write after Close: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	a.open(t, storage.Options{})
	if got := shown(t, a); got != seen {
		t.Errorf("reopened: %q\nwant %q", got, seen)
	}
}

func TestWriteRefusesWrongDots(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	doc := func(w *crdt.Writer) storage.Written {
		d, _, err := edit(nil, w, `{"a":1}`)
		if err != nil {
			t.Fatal(err)
		}
		head, _ := w.Last()
		return storage.Written{Key: "bob", Document: d, Head: head}
	}
	for name, fn := range map[string]func(*storage.Batch) error{
		"another replica": func(b *storage.Batch) error {
			w := crdt.NewWriter(crdt.ReplicaID{'x'}, 2, 1)
			return b.Write("people", w, []storage.Written{doc(w)})
		},
		"a gap": func(b *storage.Batch) error {
			w := crdt.NewWriter(a.Replica(), 3, 1)
			return b.Write("people", w, []storage.Written{doc(w)})
		},
		"used dots": func(b *storage.Batch) error {
			w := crdt.NewWriter(a.Replica(), 1, 1)
			return b.Write("people", w, []storage.Written{doc(w)})
		},
		"lost dots": func(b *storage.Batch) error {
			w := b.Begin("people", 1)
			d := doc(w)
			w.Dot()
			return b.Write("people", w, []storage.Written{d})
		},
		"head of another": func(b *storage.Batch) error {
			w := b.Begin("people", 1)
			d := doc(w)
			d.Head.Counter = 1
			return b.Write("people", w, []storage.Written{d})
		},
		"twice": func(b *storage.Batch) error {
			w := b.Begin("people", 1)
			d := doc(w)
			return b.Write("people", w, []storage.Written{d, d})
		},
		"after Renew": func(b *storage.Batch) error {
			w := b.Begin("people", 1)
			d := doc(w)
			if err := b.Renew(); err != nil {
				return err
			}
			return b.Write("people", w, []storage.Written{d})
		},
	} {
		if err := a.Update(fn); !errors.Is(err, storage.ErrWriter) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	err := a.Update(func(b *storage.Batch) error {
		w := b.Begin("people", 1)
		d := doc(w)
		d.Key = "a/../b"
		return b.Write("people", w, []storage.Written{d})
	})
	if !errors.Is(err, crdt.ErrKey) {
		t.Errorf("bad key: %v", err)
	}
	if err := a.tryWrite("People", change{key: "ann", json: `1`}); !errors.Is(err, crdt.ErrCollection) {
		t.Errorf("bad collection: %v", err)
	}
}

func TestNewerFormatIsRefused(t *testing.T) {
	a := newNode(t, 'a')
	setFormat(t, a.store, 7)
	_, err := storage.OpenDocuments(a.store, storage.Options{Device: device('a')})
	if !errors.Is(err, storage.ErrFormat) || !strings.Contains(err.Error(), "format 7") {
		t.Errorf("got %v", err)
	}
	other := memory.New()
	if err := other.Update(func(tx storage.Tx) error { return tx.Set([]byte("something"), nil) }); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.OpenDocuments(other, storage.Options{Device: device('a')}); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("a store of something else: %v", err)
	}
}

// setFormat writes a format number as this package would.
func setFormat(t testing.TB, s storage.Store, n uint64) {
	t.Helper()
	key := []byte("mformat")
	payload := binary.AppendUvarint(nil, n)
	sum := crc32.Checksum(slices.Concat(key, payload), crc32.MakeTable(crc32.Castagnoli))
	value := append(binary.BigEndian.AppendUint32(nil, sum), payload...)
	if err := s.Update(func(tx storage.Tx) error { return tx.Set(key, value) }); err != nil {
		t.Fatal(err)
	}
}

// A commit that reports an error may have happened; then everything shows it
// at once, not only from the next Update on.
func TestCommitThatFailedButHappened(t *testing.T) {
	a, f := prepared(t)
	was := a.Replica()
	mark := a.HighWater()
	a.store.Inject(memory.Faults{AfterCommit: errTest})
	if err := everything(a, f); !errors.Is(err, errTest) {
		t.Fatalf("got %v, want %v", err, errTest)
	}
	if got := a.Collections(); !slices.Equal(got, []string{"new", "people"}) {
		t.Errorf("Collections = %q", got)
	}
	if a.HighWater() <= mark {
		t.Errorf("HighWater is still %v", mark)
	}
	if a.Replica() == was {
		t.Error("Replica is still the one that was given up")
	}
	seen := shown(t, a)
	if err := a.Update(func(*storage.Batch) error { return nil }); err != nil || shown(t, a) != seen {
		t.Errorf("the next Update (%v) changes what is shown", err)
	}
}

// noNumbers is a store that has no room for another replica number.
type noNumbers struct{ storage.Store }

type noNumbersTx struct{ storage.Tx }

func (s noNumbers) Update(fn func(storage.Tx) error) error {
	return s.Store.Update(func(tx storage.Tx) error { return fn(noNumbersTx{tx}) })
}

func (t noNumbersTx) Set(key, value []byte) error {
	if key[0] == 'r' {
		return storage.ErrTxTooBig
	}
	return t.Tx.Set(key, value)
}

// TestNameThatCannotBeWritten checks that a state is not committed without the
// number of a replica that it counts.
func TestNameThatCannotBeWritten(t *testing.T) {
	a := newNode(t, 'a')
	a.write(t, "people", change{key: "ann", json: `1`})
	d, err := storage.OpenDocuments(noNumbers{a.store}, storage.Options{Device: device('a')})
	if err != nil {
		t.Fatal(err)
	}
	before := dump(t, a.store)
	err = d.Update(func(b *storage.Batch) error {
		b.Raise("people", crdt.Counters{{'x'}: 7}.Vector())
		return nil
	})
	if !errors.Is(err, storage.ErrTxTooBig) || !sameStore(before, dump(t, a.store)) {
		t.Errorf("%v, or something was written", err)
	}
}
