package badger

import (
	"os"
	"reflect"
	"sync/atomic"
	"unsafe"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/skl"
)

// memtable finds what Badger has not made a table of yet. Badger makes a memtable as one piece
// of the heap, of more than 20 MiB with the edge profile, and writes to it from its beginning on until it is full.
type memtable struct{ table, list, arena, used, bytes, options, size reflect.StructField }

// memtableOf finds where Badger keeps its memtable. It has no function for that: in another
// version than the one that this was written for ok is false.
func memtableOf() (m memtable, ok bool) {
	ok = true
	field := func(of reflect.Type, name string, want reflect.Type) (f reflect.StructField) {
		if of != nil && of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of == nil || of.Kind() != reflect.Struct {
			ok = false
			return f
		}
		f, has := of.FieldByName(name)
		if !has || want != nil && f.Type != want {
			ok = false
		}
		return f
	}
	m.table = field(reflect.TypeFor[*badgerdb.DB](), "mt", nil)
	m.list = field(m.table.Type, "sl", reflect.TypeFor[*skl.Skiplist]())
	m.arena = field(m.list.Type, "arena", reflect.TypeFor[*skl.Arena]())
	m.used = field(m.arena.Type, "n", reflect.TypeFor[atomic.Uint32]())
	m.bytes = field(m.arena.Type, "buf", reflect.TypeFor[[]byte]())
	m.options = field(m.table.Type, "opt", reflect.TypeFor[badgerdb.Options]())
	m.size = field(m.options.Type, "MemTableSize", reflect.TypeFor[int64]())
	if ok && m.table.Type.Kind() != reflect.Pointer {
		ok = false
	}
	return m, ok
}

// active is the memtable of db; nil if it is closed.
func (m memtable) active(db *badgerdb.DB) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(db), m.table.Offset))
}

// content is the bytes of the memtable of db, and how many of them, from the first on, are used. What is
// behind them may be written to as soon as something is committed.
func (m memtable) content(db *badgerdb.DB) (all []byte, used int) {
	at := m.active(db)
	for _, f := range []reflect.StructField{m.list, m.arena} {
		if at == nil {
			return nil, 0
		}
		at = *(*unsafe.Pointer)(unsafe.Add(at, f.Offset))
	}
	if at == nil {
		return nil, 0
	}
	all = *(*[]byte)(unsafe.Add(at, m.bytes.Offset))
	return all, min(len(all), int((*atomic.Uint32)(unsafe.Add(at, m.used.Offset)).Load()))
}

// blank is the part of the memtable of db that nothing was written to, in whole pages.
func (m memtable) blank(db *badgerdb.DB) []byte {
	all, used := m.content(db)
	rest, page := all[used:], os.Getpagesize()
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(rest))) & uintptr(page-1))
	if skip >= len(rest) {
		return nil
	}
	rest = rest[skip:]
	return rest[:len(rest)/page*page]
}

// full lets the next commit find the memtable of db full, however little it holds: Badger puts it in the queue of
// those that become tables, and makes another one. Only a commit looks at it.
func (m memtable) full(db *badgerdb.DB) {
	*(*int64)(unsafe.Add(m.active(db), m.options.Offset+m.size.Offset)) = 0
}
