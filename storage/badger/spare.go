package badger

import (
	"reflect"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/ristretto/v2/z"
)

// keepSpare is the most memory, in bytes, that one builder of tables may hold
// while it builds none: enough for the tables that compactions write.
const keepSpare = 8 << 20

// spare is the memory of builders of tables that are not building one. Badger
// keeps up to eight of them, gives them out in turn and never makes them
// smaller, so that each grows as large as the largest table, those that
// memtables become, until 200 MB are held that nobody uses.
type spare struct{ pool *z.AllocatorPool }

// spareOf finds where Badger keeps them. It has no function for that: in
// another version than the one that this was written for, nothing is found,
// and nothing is given back.
func spareOf(db *badgerdb.DB) spare {
	field := reflect.ValueOf(db).Elem().FieldByName("allocPool")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*z.AllocatorPool]() {
		return spare{}
	}
	return spare{(*z.AllocatorPool)(field.UnsafePointer())}
}

// release gives back to the runtime what is larger than so many bytes, and reports
// how many bytes that were. The store must be open.
func (s spare) release(keep uint64) (released uint64) {
	if s.pool == nil {
		return 0
	}
	var kept []*z.Allocator
	for {
		a := s.pool.Get(0, "")
		switch size := a.Allocated(); {
		case size <= made:
			a.Release()
			for _, k := range kept {
				s.pool.Return(k)
			}
			return released
		case size <= keep:
			kept = append(kept, a)
		default:
			released += size
			a.Release()
		}
	}
}

// made is the size of an allocator that the pool makes because it has none.
const made = 512
