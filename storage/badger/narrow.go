package badger

import (
	"errors"
	"reflect"
	"strconv"
	"unsafe"

	badgerdb "github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// narrow says that an int has 32 bits, as on ARM before ARMv8.
const narrow = strconv.IntSize == 32

// Encrypts says whether a store can be opened with a key on this system.
const Encrypts = !narrow

// ErrNarrow is returned by Open when a key is given, and an int has 32 bits. Nothing was changed.
var ErrNarrow = errors.New("a store is encrypted on 64-bit systems only")

// What builds a table takes its memory from a buffer, of twice the size that a table is to have,
// rounded up to a power of two, and then from further ones. Where an int has 32 bits the number of the second one is
// lost, and the first is written over from its beginning: blocks of the table that is built, or has been, become others
// (allocator.go of ristretto 2.2 to 2.4, which shifts an int by 32). So there the first buffer has to be
// enough for any table, and a table is verified as soon as it is written: one that is wrong fails, and
// what it was to be made of stays.
//
// Of what it writes a builder takes 3.5 times as much at most, for documents of a little more than two blocks
// (see TestNarrowBuffer). An encrypted one takes 4.5 times, and counts late what it has.
const (
	// narrowMemtable is as small as it may be: a transaction, which has storage.MinTxSize, has 15 % of it, and a full one takes one more.
	narrowMemtable = 61 << 18
	// narrowTable makes the first buffer four times as large as a table.
	narrowTable  = 16<<20 + 1
	narrowBuffer = 64 << 20
)

// narrowed are the settings where an int has 32 bits, for any profile.
func (o Options) narrowed(s badgerdb.Options) (badgerdb.Options, error) {
	if len(o.Key) > 0 {
		return s, ErrNarrow
	}
	s = s.WithMemTableSize(narrowMemtable).WithBaseTableSize(narrowTable)
	s.TableSizeMultiplier = 1
	if verifying == nil {
		s = s.WithChecksumVerificationMode(options.OnTableRead)
	}
	return s, nil
}

// verifying is where Badger keeps whether it verifies a table when it has written or opened it; nil in another version than
// the one that this was written for. Then it does both.
var verifying = func() *reflect.StructField {
	of, ok := reflect.TypeFor[badgerdb.DB]().FieldByName("opt")
	mode, has := reflect.TypeFor[badgerdb.Options]().FieldByName("ChecksumVerificationMode")
	if !ok || !has || of.Type != reflect.TypeFor[badgerdb.Options]() {
		return nil
	}
	mode.Offset += of.Offset
	return &mode
}()

// verifyTables lets db verify each table that it writes from now on, if nothing else does: what is read at the start is
// verified when there is a reason.
func verifyTables(db *badgerdb.DB) {
	if verifying != nil {
		*(*options.ChecksumVerificationMode)(unsafe.Add(unsafe.Pointer(db), verifying.Offset)) = options.OnTableRead
	}
}
