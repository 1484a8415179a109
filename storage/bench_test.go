package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// benchDocument has ten fields, about 180 bytes as JSON.
const benchDocument = `{"name":"Ann Example","city":"Utrecht","email":"ann@example.org","age":42,"active":true,"score":12.5,"team":"blue","role":"editor","note":"prefers letters","visits":%d}`

// onStores runs a benchmark over every adapter.
func onStores(b *testing.B, fn func(b *testing.B, s storage.Store)) {
	b.Run("memory", func(b *testing.B) { fn(b, memory.New()) })
	b.Run("badger", func(b *testing.B) {
		s, err := badger.Open(b.TempDir(), badger.Options{Profile: badger.Server})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		fn(b, s)
	})
}

func benchOpen(b *testing.B, s storage.Store) *storage.Documents {
	d, err := storage.OpenDocuments(s, storage.Options{Device: device('a')})
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// benchPut commits batches of size documents under new keys; the parsing of
// JSON is left out.
func benchPut(b *testing.B, s storage.Store, size int) {
	d := benchOpen(b, s)
	p, err := crdt.ParseJSON(fmt.Appendf(nil, benchDocument, 1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n += size {
		err := d.Update(func(batch *storage.Batch) error {
			for i := range size {
				if err := benchWrite(batch, fmt.Sprintf("key-%09d", n+i), p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "docs/s")
}

func benchWrite(batch *storage.Batch, key string, p crdt.Plain) error {
	rec, err := batch.Get("bench", key)
	if err != nil {
		return err
	}
	old, err := crdt.Decode(rec.Body)
	if err != nil {
		return err
	}
	w := batch.Begin("bench", 1)
	doc, _, err := old.Put(w, p)
	if err != nil {
		return err
	}
	head, _ := w.Last()
	return batch.Write("bench", w, []storage.Written{{Key: key, Document: doc, Head: head}})
}

// BenchmarkPut is one small document per Update, without sync.
func BenchmarkPut(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) { benchPut(b, s, 1) })
}

// BenchmarkPut100 is 100 transactions per Update, as the writer loop groups them.
func BenchmarkPut100(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) { benchPut(b, s, 100) })
}

// BenchmarkBare writes what BenchmarkPut writes at least: one Get, two Sets,
// one Delete, with nothing computed.
func BenchmarkBare(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) {
		for n := 0; b.Loop(); n++ {
			key := fmt.Appendf(nil, "dbench\x00key-%09d", n)
			err := s.Update(func(tx storage.Tx) error {
				if _, err := tx.Get(key); err != storage.ErrNotFound {
					return err
				}
				index := fmt.Appendf(nil, "ibench\x000000%08d", n)
				if err := tx.Delete(fmt.Appendf(nil, "ibench\x000000%08d", n-1)); err != nil {
					return err
				}
				if err := tx.Set(index, key); err != nil {
					return err
				}
				return tx.Set(key, make([]byte, 220))
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "docs/s")
	})
}

// BenchmarkGet reads one small document of 10,000.
func BenchmarkGet(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) {
		d := benchFill(b, s, 10_000)
		b.ReportAllocs()
		for n := 0; b.Loop(); n++ {
			rec, err := d.Get("bench", fmt.Sprintf("key-%09d", n*7919%10_000))
			if err != nil || !rec.Exists() {
				b.Fatal(err)
			}
		}
	})
}

func benchFill(b *testing.B, s storage.Store, docs int) *storage.Documents {
	d := benchOpen(b, s)
	p, err := crdt.ParseJSON(fmt.Appendf(nil, benchDocument, 1))
	if err != nil {
		b.Fatal(err)
	}
	for n := 0; n < docs; n += 500 {
		err := d.Update(func(batch *storage.Batch) error {
			for i := range min(500, docs-n) {
				if err := benchWrite(batch, fmt.Sprintf("key-%09d", n+i), p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return d
}

// BenchmarkMerge takes in a fresh drain of 10,000 documents in frames of 1,000.
func BenchmarkMerge(b *testing.B) {
	a := &node{name: 'a', Documents: benchFill(b, memory.New(), 10_000)}
	frames := a.frames(b, "bench", crdt.Knowledge{}, 1000)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s, err := badger.Open(b.TempDir(), badger.Options{Profile: badger.Server})
		if err != nil {
			b.Fatal(err)
		}
		to := &node{name: 'b', Documents: benchOpen(b, s)}
		b.StartTimer()
		for _, f := range frames {
			to.merge(b, "bench", f)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*10_000)/b.Elapsed().Seconds(), "docs/s")
}

// BenchmarkKeystroke types into a text of 256 KiB and reads it, an Update for
// each key.
func BenchmarkKeystroke(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) {
		c := &counted{Store: s}
		d, y := benchOpen(b, c), newTypist(256<<10)
		bodies := make([][]byte, 500)
		for i := range bodies {
			bodies[i] = y.key(20)
		}
		write := func(i int, body []byte) {
			err := d.Update(func(batch *storage.Batch) error {
				if _, err := batch.Get("bench", "text"); err != nil {
					return err
				}
				return batch.WriteBytes("bench", "text", crdt.Timestamp(i), body)
			})
			if err != nil {
				b.Fatal(err)
			}
		}
		write(0, bodies[0])
		c.writtenBytes = 0
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			write(i+1, bodies[i%len(bodies)])
		}
		b.ReportMetric(float64(c.writtenBytes)/float64(b.N), "written-B/op")
	})
}

// BenchmarkGetLarge reads a text of 256 KiB from its parts, with a tail as long
// as it gets.
func BenchmarkGetLarge(b *testing.B) {
	onStores(b, func(b *testing.B, s storage.Store) {
		d, y := benchOpen(b, s), newTypist(256<<10)
		for i := range 250 {
			body := y.key(20)
			if err := d.Update(func(batch *storage.Batch) error {
				return batch.WriteBytes("bench", "text", crdt.Timestamp(i), body)
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportAllocs()
		for b.Loop() {
			d.ForgetBodies()
			if rec, err := d.Get("bench", "text"); err != nil || !rec.Exists() {
				b.Fatal(err)
			}
		}
	})
}
