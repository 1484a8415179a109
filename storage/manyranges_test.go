package storage_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestManyRangesAmongManyReplicas: knowledge of 1,025 ranges, each of 10,000
// replicas, takes bytes and memory for what differs, not for each entry of each
// range, in every commit and when the store is opened again.
func TestManyRangesAmongManyReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds of vectors")
	}
	const replicas, gaps = 10_000, 512
	a, _, s := crowded(t, replicas)
	a.hash(t, "people")
	var lost []crdt.Range
	for i := range gaps {
		lost = append(lost, crdt.Range{From: fmt.Sprintf("k%04d", i), To: fmt.Sprintf("k%04d\x00", i)})
	}
	err := a.Update(func(b *storage.Batch) error {
		_, err := b.ForfeitSome("people", lost, storage.ForfeitLimit)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	a.write(t, "people", change{key: "bob", json: `1`})
	a.hash(t, "people")
	known := a.knowledge(t, "people")
	if n := len(known.Ranges()); n != 2*gaps+1 || known.Max().Len() < replicas {
		t.Fatalf("%d ranges", n)
	}
	const puts = 5
	most := 0
	for i := range puts {
		s.writtenBytes = 0
		a.write(t, "people", change{key: fmt.Sprintf("m%d", i), json: `1`})
		a.hash(t, "people")
		most = max(most, s.writtenBytes)
	}
	t.Logf("a put and its hashing write at most %d bytes", most)
	if most > 48<<10 {
		t.Errorf("a put and its hashing write %d bytes", most)
	}
	known = a.knowledge(t, "people")
	disk := a.store
	a.Documents = nil
	heap := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	before := heap()
	d, err := storage.OpenDocuments(disk, storage.Options{Device: device('a')})
	if err != nil {
		t.Fatal(err)
	}
	used := heap() - before
	t.Logf("opened, it takes %d bytes", used)
	if used > 8<<20 {
		t.Errorf("opened, it takes %d bytes", used)
	}
	a.Documents = d
	if got := a.knowledge(t, "people"); !got.Equal(known) {
		t.Error("opened again, another knowledge")
	}
	runtime.KeepAlive(d)
}
