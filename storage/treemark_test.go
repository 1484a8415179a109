package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestHashingWritesWhatItChanges counts what a step of hashing writes among 1 and
// 10,000 replicas: after each put, and, after 3,000 merges and the new bases they
// need, in steps of some leaves each, between which one part of the keys
// is hashed and the other is not.
func TestHashingWritesWhatItChanges(t *testing.T) {
	alone := 0
	for _, n := range []int{0, 10_000} {
		a, c, s := crowded(t, n)
		a.hash(t, "people")
		total := 0
		const puts = 50
		for i := range puts {
			a.write(t, "people", change{key: fmt.Sprintf("k%03d", i), json: `1`})
			s.writtenBytes = 0
			a.hash(t, "people")
			total += s.writtenBytes
		}
		t.Logf("among %d replicas, hashing after a put writes %d bytes", n, total/puts)
		if n == 0 {
			alone = total / puts
			continue
		}
		if total/puts > alone+64 {
			t.Errorf("among %d replicas, hashing after a put writes %d bytes, alone %d", n, total/puts, alone)
		}
		hashed := a.knowledge(t, "people")
		base, _ := hashed.Whole()
		for i := range 3_000 {
			f := c.live("people", base, i*7919%n, fmt.Sprintf("m%04d", i*7%3_000))
			a.merge(t, "people", f)
			base = f.Vector
		}
		if a.Rebases("people") < 3 {
			t.Fatal("no new base")
		}
		if got, err := a.view(t, "people").Hashed(); err != nil || !got.Equal(hashed) {
			t.Fatal("with a new base, another mark", err)
		}
		most, steps := 0, 0
		for done := false; !done; steps++ {
			s.writtenBytes = 0
			err := a.Update(func(b *storage.Batch) (err error) {
				done, err = b.HashTree("people", 20)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			most = max(most, s.writtenBytes)
		}
		t.Logf("after merges of 3,000 of them, %d steps of hashing write at most %d bytes each", steps, most)
		if most > 40<<10 || steps < 4 {
			t.Errorf("one of %d steps writes %d bytes", steps, most)
		}
		root := a.root(t, "people")
		a.store = a.store.Kill()
		a.open(t, storage.Options{})
		if a.root(t, "people") != root {
			t.Error("opened again, another root")
		}
	}
}
