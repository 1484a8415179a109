package badger

import (
	"bytes"
	"errors"
	"reflect"
	"sync/atomic"
	"unsafe"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/skl"
)

// blank finds the part of the memtable to which nothing was written yet. Badger makes a
// memtable as one piece of the heap, of more than 20 MiB with the edge profile, and if any byte of that
// was used before, the runtime clears all of it: then it is memory of the process
// although it holds nothing, which a start or a full memtable leaves to chance.
type blank struct{ table, list, arena, used, bytes reflect.StructField }

// blankOf finds where Badger keeps its memtable. It has no function for that: in another
// version than the one that this was written for ok is false.
func blankOf() (b blank, ok bool) {
	field := func(of reflect.Type, name string, want reflect.Type) (f reflect.StructField) {
		if of == nil || of.Kind() != reflect.Pointer || of.Elem().Kind() != reflect.Struct {
			ok = false
			return f
		}
		f, has := of.Elem().FieldByName(name)
		if !has || want != nil && f.Type != want {
			ok = false
		}
		return f
	}
	ok = true
	b.table = field(reflect.TypeFor[*badgerdb.DB](), "mt", nil)
	b.list = field(b.table.Type, "sl", reflect.TypeFor[*skl.Skiplist]())
	b.arena = field(b.list.Type, "arena", reflect.TypeFor[*skl.Arena]())
	b.used = field(b.arena.Type, "n", reflect.TypeFor[atomic.Uint32]())
	b.bytes = field(b.arena.Type, "buf", reflect.TypeFor[[]byte]())
	return b, ok
}

// of is the blank part of the memtable of db, in whole pages. It may be written to as soon as something is committed.
func (b blank) of(db *badgerdb.DB) []byte {
	arena := unsafe.Pointer(db)
	for _, f := range []reflect.StructField{b.table, b.list, b.arena} {
		if arena = *(*unsafe.Pointer)(unsafe.Add(arena, f.Offset)); arena == nil {
			return nil
		}
	}
	all := *(*[]byte)(unsafe.Add(arena, b.bytes.Offset))
	rest := all[min(len(all), int((*atomic.Uint32)(unsafe.Add(arena, b.used.Offset)).Load())):]
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(rest))) & inPage)
	if skip >= len(rest) {
		return nil
	}
	rest = rest[skip:]
	return rest[:len(rest)&^int(inPage)]
}

// errWritten is returned when something is written where a memtable was thought to be blank.
var errWritten = errors.New("a memtable has something behind its end")

// blankStep is how many bytes are let go of at a time: writers wait meanwhile.
const blankStep = 1 << 20

// zeros reports whether b is all zeros.
func zeros(b []byte) bool { return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1]) }

// giveBlank lets go of the memory of what is blank. What is read there afterwards is
// zero, as before. Nothing is written to a memtable but by Update.
func (s *Store) giveBlank(b blank) error {
	for step := 0; ; step++ {
		more, err := s.giveBlankStep(b, step)
		if err != nil || !more {
			return err
		}
	}
}

// giveBlankStep lets go of so many bytes before the end of the memtable, and reports whether there is more before that.
func (s *Store) giveBlankStep(b blank, step int) (more bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	rest := b.of(s.db)
	end := len(rest) - step*blankStep
	if end <= 0 {
		return false, nil
	}
	part := rest[max(0, end-blankStep):end]
	if !zeros(part) {
		return false, errWritten
	}
	return end > blankStep, letGoOf(part)
}
