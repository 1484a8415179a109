package storage_test

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
	"pgregory.net/rapid"
)

var bodyKeys = []string{"a", "a/b", "a\x01", "b"}

// shelf is a node whose documents are any bytes, and a plain map of what they
// must be.
type shelf struct {
	t      *rapid.T
	n      *node
	random *rand.Rand
	want   map[string][]byte // nil: removed; absent: no record
	synced map[string][]byte
	kept   []keptView
	head   uint64
}

// keptView is a snapshot and what it must show.
type keptView struct {
	view *storage.View
	want map[string][]byte
}

func (s *shelf) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}

// changed is a body as an edit of some kind leaves it.
func (s *shelf) changed(body []byte) []byte {
	splice := func(most int) {
		at := s.random.IntN(len(body) + 1)
		end := min(len(body), at+s.random.IntN(most))
		body = slices.Concat(body[:at], s.noise(s.random.IntN(most)), body[end:])
	}
	body = slices.Concat(body, []byte{0})
	switch rapid.IntRange(0, 9).Draw(s.t, "edit") {
	case 0:
		splice(80_000)
	case 1:
		body = slices.Insert(body, s.random.IntN(len(body)), s.noise(20_000+s.random.IntN(40_000))...)
	case 2:
		body = body[s.random.IntN(len(body)):]
	case 3:
		body = s.noise(storage.InlineBody + s.random.IntN(3) - 1)
	default:
		for range 1 + s.random.IntN(8) {
			splice(6)
		}
	}
	return body[:min(len(body), 200_000)]
}

// write commits some rewrites, or fails to.
func (s *shelf) write() {
	want := maps.Clone(s.want)
	fault := rapid.IntRange(0, 9).Draw(s.t, "fault")
	switch fault {
	case 0:
		s.n.store.Inject(memory.Faults{BeforeCommit: errTest})
	case 1:
		s.n.store.Inject(memory.Faults{AfterCommit: errTest})
	}
	err := s.n.Update(func(b *storage.Batch) error {
		for range rapid.IntRange(1, 3).Draw(s.t, "writes") {
			key := rapid.SampledFrom(bodyKeys).Draw(s.t, "key")
			s.head++
			heads := []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: s.head}}
			switch rapid.IntRange(0, 19).Draw(s.t, "what") {
			case 0:
				want[key] = nil
			case 1:
				delete(want, key)
				heads = nil
			default:
				want[key] = s.changed(want[key])
			}
			if err := b.PutBytes("people", key, heads, want[key]); err != nil {
				return err
			}
			if rec, err := b.Get("people", key); err != nil || !bytes.Equal(rec.Body, want[key]) {
				s.t.Fatalf("the same transaction reads %d bytes of %s, want %d: %v", len(rec.Body), key, len(want[key]), err)
			}
		}
		if fault == 2 {
			return errTest
		}
		return nil
	})
	if (err != nil) != (fault <= 2) {
		s.t.Fatalf("write: %v", err)
	}
	if err == nil || fault == 1 {
		s.want = want
	}
}

// same compares what get gives with want.
func (s *shelf) same(how string, want map[string][]byte, get func(key string) (storage.Record, error)) {
	for _, key := range bodyKeys {
		rec, err := get(key)
		if err != nil {
			s.t.Fatalf("%s: %s: %v", how, key, err)
		}
		body, is := want[key]
		if !bytes.Equal(rec.Body, body) || rec.Exists() != (len(body) > 0) || (len(rec.Heads) > 0) != is {
			s.t.Fatalf("%s: %s has %d bytes and heads %v, want %d, %v", how, key, len(rec.Body), rec.Heads, len(body), is)
		}
		if rec.Digest() != crdt.Digest(body) {
			s.t.Fatalf("%s: digest of %s", how, key)
		}
	}
}

func (s *shelf) check() {
	if rapid.Bool().Draw(s.t, "forget") {
		s.n.ForgetBodies()
	}
	s.same("now", s.want, func(key string) (storage.Record, error) { return s.n.Get("people", key) })
	for i, kept := range s.kept {
		if i < len(s.kept)-1 { // they are checked when they are given up
			continue
		}
		s.same("snapshot", kept.want, kept.view.Record)
	}
	if found, err := s.n.CheckParts("people"); err != nil || len(found) > 0 {
		s.t.Fatalf("parts: %v %v", found, err)
	}
	v, err := s.n.View("people")
	if err != nil {
		s.t.Fatalf("view: %v", err)
	}
	defer v.Close()
	listed := map[string][]byte{}
	for rec, err := range v.List("", "") {
		if err != nil {
			s.t.Fatalf("list: %v", err)
		}
		listed[rec.Key] = bytes.Clone(rec.Body)
	}
	for key, body := range s.want {
		if !bytes.Equal(listed[key], body) {
			s.t.Fatalf("%s is listed with %d bytes, want %d", key, len(listed[key]), len(body))
		}
	}
}

// drop gives up the oldest snapshot.
func (s *shelf) drop() {
	if len(s.kept) == 0 {
		return
	}
	s.n.ForgetBodies()
	s.same("old snapshot", s.kept[0].want, s.kept[0].view.Record)
	s.kept[0].view.Close()
	s.kept = s.kept[1:]
}

func (s *shelf) keep() {
	v, err := s.n.View("people")
	if err != nil {
		s.t.Fatalf("view: %v", err)
	}
	s.kept = append(s.kept, keptView{v, maps.Clone(s.want)})
}

// reopen stops the process, or cuts the power.
func (s *shelf) reopen() {
	for len(s.kept) > 0 {
		s.drop()
	}
	if rapid.Bool().Draw(s.t, "power") {
		s.n.store, s.want = s.n.store.Crash(), maps.Clone(s.synced)
	} else {
		s.n.store = s.n.store.Kill()
	}
	s.n.open(s.t, storage.Options{})
	s.synced = maps.Clone(s.want) // opening syncs
}

// TestBodiesAgainstAMap rewrites bodies in every way, with commits that fail,
// stops and snapshots in between, and compares all that is read with a map.
func TestBodiesAgainstAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &shelf{t: t, n: newNode(t, 'a'), want: map[string][]byte{}, synced: map[string][]byte{}}
		s.random = rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch x := rapid.IntRange(0, 29).Draw(t, "step"); {
			case x < 2:
				s.keep()
			case x < 4:
				s.drop()
			case x < 5:
				s.reopen()
			case x < 7:
				if err := s.n.Sync(); err != nil {
					t.Fatalf("sync: %v", err)
				}
				s.synced = maps.Clone(s.want)
			default:
				s.write()
			}
			s.check()
		}
		for len(s.kept) > 0 {
			s.drop()
		}
	})
}

// A damaged part is damage of its document, wherever the bit is.
func TestDamagedParts(t *testing.T) {
	a := newNode(t, 'a')
	body := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	for i := range 20 {
		body = slices.Insert(body, i*3000, byte(i))
		err := a.Update(func(b *storage.Batch) error {
			return b.PutBytes("people", "ann", []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: uint64(i + 1)}}, body)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	kinds := map[byte]int{}
	for _, item := range dump(t, a.store) {
		if item.Key[0] != 'p' && item.Key[0] != 'd' {
			continue
		}
		kinds[item.Key[len(item.Key)-3]]++
		for name, spoil := range map[string]func(tx storage.Tx) error{
			"first bit":  func(tx storage.Tx) error { return tx.Set(item.Key, flipped(item.Value, 0)) },
			"middle":     func(tx storage.Tx) error { return tx.Set(item.Key, flipped(item.Value, len(item.Value)/2)) },
			"last":       func(tx storage.Tx) error { return tx.Set(item.Key, flipped(item.Value, len(item.Value)-1)) },
			"shorter":    func(tx storage.Tx) error { return tx.Set(item.Key, item.Value[:len(item.Value)-1]) },
			"lost":       func(tx storage.Tx) error { return tx.Delete(item.Key) },
			"no content": func(tx storage.Tx) error { return tx.Set(item.Key, nil) },
		} {
			b := &node{store: a.store.Kill(), name: 'a', rand: &nonces{name: 'a', next: 9}}
			if err := b.store.Update(spoil); err != nil {
				t.Fatal(err)
			}
			b.open(t, storage.Options{})
			var damaged *storage.DamagedError
			rec, err := b.Get("people", "ann")
			if item.Key[0] == 'd' && name == "lost" {
				continue // found by the index
			}
			if !errors.As(err, &damaged) || damaged.Collection != "people" || damaged.Key != "ann" || len(rec.Body) > 0 {
				t.Errorf("%s of %q: %d bytes, %v", name, item.Key, len(rec.Body), err)
			}
			found, err := b.VerifyKeys("people", []string{"ann"})
			if err != nil || len(found) == 0 || found[0].Key != "ann" || found[0].Problem != storage.ProblemRecord {
				t.Errorf("%s of %q: verify finds %v %v", name, item.Key, found, err)
			}
		}
	}
	if kinds[0] != 1 || kinds[1] < 4 || kinds[2] < 4 {
		t.Errorf("of layout, pieces, splices: %v", kinds)
	}
}

// A part that is what was written there before is damage too, as if the last
// write of it had been lost.
func TestStaleParts(t *testing.T) {
	a := newNode(t, 'a')
	random := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, 60_000)
	was := map[string][]byte{}
	stale := map[byte]int{}
	for i := range 60 {
		body = bytes.Clone(body)
		at := random.IntN(len(body) - 20_000)
		for j := range []int{3, 3, 3, 20_000}[i%4] { // the lengths stay
			body[at+j] = byte(random.Uint32())
		}
		err := a.Update(func(b *storage.Batch) error {
			return b.PutBytes("people", "ann", []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: uint64(i + 1)}}, body)
		})
		if err != nil {
			t.Fatal(err)
		}
		layout := ""
		for _, item := range dump(t, a.store) {
			if item.Key[0] != 'p' {
				continue
			}
			kind := item.Key[len(item.Key)-3]
			if kind == 0 {
				layout = string(item.Value)
			}
			old := was[string(item.Key)]
			was[string(item.Key)] = item.Value
			if old == nil || bytes.Equal(old, item.Value) || kind == 0 || layout != string(was["layout"]) {
				continue
			}
			b := &node{store: a.store.Kill(), name: 'a', rand: &nonces{name: 'a', next: 9}}
			if err := b.store.Update(func(tx storage.Tx) error { return tx.Set(item.Key, old) }); err != nil {
				t.Fatal(err)
			}
			b.open(t, storage.Options{})
			rec, err := b.Get("people", "ann")
			if err == nil && !bytes.Equal(rec.Body, body) || err != nil && !errors.Is(err, storage.ErrDamaged) {
				t.Fatalf("after write %d, with %q as before: %d bytes, %v", i, item.Key, len(rec.Body), err)
			}
			if err != nil {
				stale[kind]++
			}
		}
		was["layout"] = []byte(layout)
	}
	if stale[1] == 0 || stale[2] == 0 {
		t.Errorf("stale pieces and splices: %v", stale)
	}
}

func flipped(value []byte, at int) []byte {
	value = bytes.Clone(value)
	value[at] ^= 4
	return value
}
