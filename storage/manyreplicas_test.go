package storage_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// crowd are replicas, each with a device of its own, that have each written a
// number of changes which no document shows any more.
type crowd struct {
	devices  []ed25519.PrivateKey
	counters []uint64
}

func newCrowd(n int) *crowd {
	c := &crowd{make([]ed25519.PrivateKey, n), make([]uint64, n)}
	for i := range c.devices {
		seed := make([]byte, ed25519.SeedSize)
		binary.BigEndian.PutUint64(seed, uint64(i)+1)
		c.devices[i] = ed25519.NewKeyFromSeed(seed)
	}
	return c
}

// id is replica i.
func (c *crowd) id(i int) crdt.ReplicaID {
	return crdt.NewReplicaID(c.devices[i].Public().(ed25519.PublicKey), [16]byte{})
}

// write counts another change of replica i, and signs for it.
func (c *crowd) write(coll string, i int) crdt.SignedHead {
	c.counters[i]++
	return crdt.SignHead(c.devices[i], coll, crdt.SignedHead{Counter: c.counters[i], Time: 1})
}

// all is a frame in which every replica has written once.
func (c *crowd) all(coll string) storage.Frame {
	counters := crdt.Counters{}
	f := storage.Frame{}
	for i := range c.devices {
		f.Heads = append(f.Heads, c.write(coll, i))
		counters[c.id(i)] = c.counters[i]
	}
	f.Vector = counters.Vector()
	return f
}

// live is a frame in which replica i has written a document once more.
func (c *crowd) live(coll string, base crdt.VersionVector, i int, key string) storage.Frame {
	h := c.write(coll, i)
	f := storage.Frame{Base: base, Vector: base, Heads: []crdt.SignedHead{h}}
	f.Vector.Raise(c.id(i), h.Counter)
	w := crdt.NewWriter(c.id(i), h.Counter, 1)
	p, err := crdt.ParseJSON([]byte(`1`))
	if err != nil {
		panic(err)
	}
	d, err := crdt.Decode(nil)
	if err != nil {
		panic(err)
	}
	if d, _, err = d.Put(w, p); err != nil {
		panic(err)
	}
	f.Documents = []storage.FrameDocument{{Key: key, Heads: []crdt.Dot{{Replica: c.id(i), Counter: h.Counter}}, Body: d.Canonical()}}
	return f
}

// take merges a frame whose heads may be too many for one.
func (n *node) take(t failer, coll string, f storage.Frame) {
	t.Helper()
	for len(f.Heads) > storage.MaxFrameHeads {
		n.merge(t, coll, storage.Frame{Heads: f.Heads[:storage.MaxFrameHeads]})
		f.Heads = f.Heads[storage.MaxFrameHeads:]
	}
	n.merge(t, coll, f)
}

// crowded is a node that knows of n replicas besides itself, over a store that
// counts.
func crowded(t failer, n int) (*node, *crowd, *counted) {
	a, c := newNode(t, 'a'), newCrowd(n)
	s := &counted{Store: a.store}
	d, err := storage.OpenDocuments(s, storage.Options{Device: device('a')})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	a.Documents = d
	if n > 0 {
		a.take(t, "people", c.all("people"))
	}
	a.write(t, "people", change{key: "ann", json: `1`})
	s.writtenBytes = 0
	return a, c, s
}

// TestPutWritesWhatItChanges counts what a put writes among 1, 1,000 and 10,000
// replicas, and what the changes of all of them write, each in a commit of its
// own, with the bases that they need.
func TestPutWritesWhatItChanges(t *testing.T) {
	alone := 0
	for _, n := range []int{0, 1_000, 10_000} {
		a, c, s := crowded(t, n)
		const puts = 100
		for i := range puts {
			a.write(t, "people", change{key: fmt.Sprintf("k%03d", i), json: `1`})
		}
		put := s.writtenBytes / puts
		if n == 0 {
			alone = put
		} else if put > alone+32 {
			t.Errorf("among %d replicas a put writes %d bytes, alone %d", n, put, alone)
		}
		t.Logf("among %d replicas a put writes %d bytes", n, put)
		if n < 10_000 {
			continue
		}
		v := a.view(t, "people")
		base, _ := v.Knowledge().Whole()
		const merges = 3_000
		s.writtenBytes = 0
		before := a.Rebases("people")
		for i := range merges {
			f := c.live("people", base, i*7919%n, fmt.Sprintf("m%04d", i))
			a.merge(t, "people", f)
			base = f.Vector
		}
		bases := a.Rebases("people") - before
		t.Logf("a merge of one change of any of %d replicas writes %d bytes, a base every %d", n, s.writtenBytes/merges, merges/max(bases, 1))
		if s.writtenBytes/merges > 1024+500 || bases == 0 { // 500: the document, its head in the index, the signed head
			t.Errorf("a merge writes %d bytes, with %d bases", s.writtenBytes/merges, bases)
		}
		known := a.knowledge(t, "people")
		a.store = a.store.Kill()
		a.open(t, storage.Options{})
		if got := a.knowledge(t, "people"); !got.Equal(known) {
			t.Error("opened again, another knowledge")
		}
	}
}

// TestViewBesideManyCommits checks that a View shows the knowledge of its own
// moment, also when the states since have been forgotten, and a base is new.
func TestViewBesideManyCommits(t *testing.T) {
	a, c, _ := crowded(t, 500)
	base, _ := a.knowledge(t, "people").Whole()
	for i := range 300 {
		v := a.view(t, "people")
		f := c.live("people", base, i, fmt.Sprintf("m%04d", i))
		a.merge(t, "people", f)
		if got, _ := v.Knowledge().Whole(); !got.Equal(base) {
			t.Fatalf("view %d shows what came after it", i)
		}
		base = f.Vector
		if got, _ := a.knowledge(t, "people").Whole(); !got.Equal(base) {
			t.Fatalf("after merge %d the knowledge is another", i)
		}
	}
}

// TestStateOfAnEarlierFormat opens a store whose states hold the knowledge
// whole, and sees them written anew.
func TestStateOfAnEarlierFormat(t *testing.T) {
	a, _, _ := crowded(t, 200)
	a.hash(t, "people")
	known, root := a.knowledge(t, "people"), a.root(t, "people")
	if err := a.Update(func(b *storage.Batch) error { return b.PutWholeState("people") }); err != nil {
		t.Fatal(err)
	}
	setFormat(t, a.store, 2)
	a.store = a.store.Kill()
	a.open(t, storage.Options{})
	if got := a.knowledge(t, "people"); !got.Equal(known) {
		t.Fatalf("opened, it is %s, was %s", got, known)
	}
	if a.root(t, "people") != root {
		t.Fatal("opened, the tree is not the one that was hashed")
	}
	if n := a.Rebases("people"); n != 0 {
		t.Fatalf("a store of format 2 with %d bases", n)
	}
	a.write(t, "people", change{key: "bob", json: `2`})
	if a.Rebases("people") == 0 {
		t.Error("written anew, there is no base")
	}
	s := &counted{Store: a.store}
	var err error
	if a.Documents, err = storage.OpenDocuments(s, storage.Options{Device: device('a')}); err != nil {
		t.Fatal(err)
	}
	s.writtenBytes = 0
	a.hash(t, "people")
	if s.writtenBytes > 200 {
		t.Errorf("hashing one document more writes %d bytes", s.writtenBytes)
	}
	want := a.knowledge(t, "people")
	a.store = a.store.Kill()
	a.open(t, storage.Options{})
	if got := a.knowledge(t, "people"); !got.Equal(want) {
		t.Errorf("opened again, it is %s, was %s", got, want)
	}
	for _, item := range dump(t, a.store) {
		if bytes.Equal(item.Key, []byte("cpeople")) && len(item.Value) > 400 {
			t.Errorf("the state has %d bytes", len(item.Value))
		}
	}
}

// BenchmarkPutAmong is BenchmarkPut among many replicas.
func BenchmarkPutAmong(b *testing.B) {
	for _, n := range []int{0, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			onStores(b, func(b *testing.B, s storage.Store) {
				d := benchOpen(b, s)
				a := &node{Documents: d, name: 'a'}
				if n > 0 {
					f := newCrowd(n).all("bench")
					a.take(b, "bench", f)
				}
				p, err := crdt.ParseJSON(fmt.Appendf(nil, benchDocument, 1))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					err := d.Update(func(batch *storage.Batch) error { return benchWrite(batch, fmt.Sprintf("key-%09d", i), p) })
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkMergeAmong merges one change of any of many replicas.
func BenchmarkMergeAmong(b *testing.B) {
	for _, n := range []int{1, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			a, c, _ := crowded(b, n)
			base, _ := a.knowledge(b, "people").Whole()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				f := c.live("people", base, i*7919%n, fmt.Sprintf("m%06d", i))
				b.StartTimer()
				a.merge(b, "people", f)
				base = f.Vector
			}
		})
	}
}

// TestMemoryAmongManyReplicas measures what the documents of a store with 1 or
// 10,000 replicas keep in memory, besides the store.
func TestMemoryAmongManyReplicas(t *testing.T) {
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	for _, n := range []int{1, 10_000} {
		a, _, _ := crowded(t, n)
		s := a.store
		a.Documents = nil
		before := heap()
		d, err := storage.OpenDocuments(s, storage.Options{Device: device('a')})
		if err != nil {
			t.Fatal(err)
		}
		used := heap() - before
		t.Logf("documents among %d replicas take %d bytes", n, used)
		if used > 4<<20 {
			t.Errorf("documents among %d replicas take %d bytes", n, used)
		}
		runtime.KeepAlive(d)
		runtime.KeepAlive(s)
	}
}
