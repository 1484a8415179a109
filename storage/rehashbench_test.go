package storage_test

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// BenchmarkRehash hashes, 64 leaves an Update, what 1,000 scattered changes
// among 100,000 documents have made stale.
func BenchmarkRehash(b *testing.B) {
	s, err := badger.Open(b.TempDir(), badger.Options{Profile: badger.Server})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const docs, changes, leaves = 100_000, 1000, 64
	d := benchFill(b, s, docs)
	hash := func() {
		for done := false; !done; {
			err := d.Update(func(batch *storage.Batch) (err error) {
				done, err = batch.HashTree("bench", leaves)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	hash()
	for round := 0; b.Loop(); round++ {
		b.StopTimer()
		p, err := crdt.ParseJSON(fmt.Appendf(nil, benchDocument, round+2))
		if err != nil {
			b.Fatal(err)
		}
		err = d.Update(func(batch *storage.Batch) error {
			for i := range changes {
				if err := benchWrite(batch, fmt.Sprintf("key-%09d", (i*97+round)%docs), p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		hash()
	}
}
