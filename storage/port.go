package storage

import (
	"errors"
	"iter"
)

// ErrNotFound is returned by Get when the key is not in the store.
var ErrNotFound = errors.New("not found")

// ErrTxTooBig is returned by Set, Delete or Update when a transaction holds
// more than the store can commit at once. Nothing of it is written; the same
// changes may succeed in smaller transactions. Once Set or Delete has
// returned it, that Update fails with it even if fn returns nil.
var ErrTxTooBig = errors.New("transaction too big")

// ErrClosed is returned by every method that is called after Close, and by
// the methods of a Snapshot that was closed.
var ErrClosed = errors.New("store is closed")

// ErrReadOnly is returned by Update when the store was opened read-only.
var ErrReadOnly = errors.New("store is read-only")

// ErrSpace is returned by Update when the disk may not have room for what the
// commit, and the writing of tables behind it, would need. fn was not called and
// nothing was written; the same call succeeds when there is room again.
var ErrSpace = errors.New("no space left on the disk")

// ErrKey is returned by Set and Delete when the key is empty, longer than
// MaxKeySize, or begins with '!': such keys are kept for what an adapter has
// to remember itself. Get and Scan never find one.
var ErrKey = errors.New("storage key is empty, too long or reserved")

const (
	// MaxKeySize is the longest key, in bytes, that every Store takes. A
	// document key has at most 1,024 bytes; the rest is for what a key space
	// puts around it.
	MaxKeySize = 4096

	// MaxValueSize is the longest value, in bytes, that every Store takes: the
	// largest document that a merge of two makes (2 MiB) and 64 KiB for what is
	// stored with it. Set returns ErrTxTooBig for a longer one.
	MaxValueSize = 2<<20 + 64<<10

	// MinTxSize is what a transaction may always hold, whatever the profile:
	// the bytes of its keys and values and 16 more for each key. A larger one
	// may be refused with ErrTxTooBig. It is one value of MaxValueSize and
	// 192 KiB for all else that has to move with it.
	MinTxSize = MaxValueSize + 192<<10

	// MinTxKeys is the number of Set and Delete calls that a transaction may
	// always make.
	MinTxKeys = 13_000
)

// Store is an ordered map from byte strings to byte strings, ordered by
// bytes.Compare of the keys, with one writer at a time and any number of
// readers, each of which sees the map as it was when the reader began.
//
// All methods may be called from any goroutine. A Store never keeps a key or
// a value that it was given beyond what Set says, and never hands out memory
// that its caller may modify.
type Store interface {
	// View calls fn with the state of the store as it is now; what Update
	// commits while fn runs stays invisible to it. It returns the error of fn.
	// fn must not keep the Reader. View may be called inside View, and inside
	// Update, where it sees the state before the transaction.
	View(fn func(Reader) error) error

	// Snapshot is View for readers that outlive a function call. It must be
	// closed: until then the store keeps what the snapshot sees.
	Snapshot() (Snapshot, error)

	// Update calls fn once with a transaction and commits what fn has set and
	// deleted: all of it or, if fn returns an error, panics, or the commit
	// fails, nothing. When it returns nil, every View and Snapshot that
	// begins later sees the changes, and a stop of the process (kill -9)
	// does not lose them; a power cut may, until Sync has returned. After a
	// power cut the store holds a prefix of the committed transactions that
	// includes at least all that were synced; no transaction is there in part.
	// An empty transaction commits nothing and costs nothing.
	//
	// Calls are carried out one after the other. Who calls it from many
	// goroutines decides their order; fn must not call Update.
	Update(fn func(Tx) error) error

	// Sync returns when everything that was committed before the call is on
	// stable storage.
	Sync() error

	// Size is the space in bytes that the store takes (on disk, or of
	// its keys and values where there is no disk). It may lag behind by a
	// minute, and includes what is not yet reclaimed.
	Size() (int64, error)

	// Close waits for running calls of View and Update and for loops over
	// Scan, syncs, and releases the store; so it must not be called inside
	// one. Snapshots still open fail with ErrClosed from then on. A second
	// Close does nothing.
	Close() error
}

// Reader reads one consistent state of a Store. It is not safe for concurrent
// use by several goroutines; take one Snapshot for each.
type Reader interface {
	// Get returns the value of key, or ErrNotFound. The result must not be
	// modified. That of a View or a Snapshot may be kept: it stays what it is.
	// That of an Update is valid until the Update ends, or sets or deletes the
	// same key; copy it to keep it. An empty value is an empty slice.
	Get(key []byte) ([]byte, error)

	// Scan iterates over the keys of a range in order. When reading fails it
	// yields one zero Item with the error, and ends. Breaking out of the loop
	// frees what it held. Several scans of one Reader may be nested. In an
	// Update, a Scan sees the transaction's changes from before the scan
	// began; the loop may Set and Delete, and is not affected by it.
	Scan(o ScanOptions) iter.Seq2[Item, error]
}

// Snapshot is a Reader that lives until it is closed. Close may be called
// more than once.
type Snapshot interface {
	Reader
	Close() error
}

// Tx is the Reader and writer that Update hands out. It reads the state
// before the transaction as changed by its own Set and Delete so far.
type Tx interface {
	Reader
	// Set stores value under key; an empty or nil value is a value. The
	// Tx keeps both slices until Update returns: do not modify them before.
	Set(key, value []byte) error
	// Delete removes key; a key that does not exist is no error. The Tx keeps
	// the slice until Update returns.
	Delete(key []byte) error
}

// ScanOptions names the keys of a Scan. The zero value scans everything in
// ascending order.
type ScanOptions struct {
	// Start is the least key; empty means from the first.
	Start []byte
	// End is the first key that is not in the range; nil means to the last.
	// A range whose End is not above its Start is empty.
	End []byte
	// Reverse yields the same keys in descending order.
	Reverse bool
	// KeysOnly leaves Item.Value nil and does not read values.
	KeysOnly bool
}

// Item is one key with its value. Both slices are valid until the next
// iteration and must not be modified; copy them to keep them.
type Item struct {
	Key   []byte
	Value []byte
}
