package badger

import (
	"testing"

	"github.com/dgraph-io/ristretto/v2/z"
)

// TestSpare: what Badger keeps for tables it may build is found, which rests on
// the name of a field of its DB, and what is large of it is given back.
func TestSpare(t *testing.T) {
	s, err := Open(t.TempDir(), Options{Profile: Server}) // which is not trimmed meanwhile
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	spare := spareOf(s.db)
	if spare.pool == nil {
		t.Fatal("another version of Badger: where are its allocators?")
	}
	small, large := z.NewAllocator(keepSpare/2, "test"), z.NewAllocator(2*keepSpare, "test")
	spare.pool.Return(large)
	spare.pool.Return(small)
	if n := spare.release(keepSpare); n != 2*keepSpare {
		t.Errorf("%d bytes were released", n)
	}
	if again := spare.pool.Get(0, "test"); again != small {
		t.Error("what is small is not kept")
	}
	if n := spare.release(keepSpare); n != 0 {
		t.Errorf("%d bytes were released of nothing", n)
	}
}
