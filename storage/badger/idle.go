package badger

import (
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// idle keeps the transaction of the last View for the next one, as long as
// nothing is committed in between: to begin and end one costs a good part of
// what it takes to find a key. A transaction is used by one View at a time.
type idle struct {
	versions versions
	kept     atomic.Pointer[view]
}

// view is a transaction that only reads.
type view struct {
	txn     *badgerdb.Txn
	version uint64
}

// newView is a transaction that sees every commit before the call.
func (i *idle) newView(db *badgerdb.DB) *view {
	version := i.versions.begin()
	return &view{db.NewTransactionAt(version, false), version}
}

// discard ends v.
func (i *idle) discard(v *view) {
	v.txn.Discard()
	i.versions.end(v.version)
}

// begin is newView, or what was kept of it.
func (i *idle) begin(db *badgerdb.DB) *view {
	if v := i.kept.Swap(nil); v != nil {
		if v.version == i.versions.last.Load() {
			return v
		}
		i.discard(v)
	}
	return i.newView(db)
}

// end keeps v, or discards it if there is another or a commit since.
func (i *idle) end(v *view) {
	if !i.kept.CompareAndSwap(nil, v) {
		i.discard(v)
		return
	}
	if i.versions.last.Load() != v.version {
		i.drop()
	}
}

// committed is called before a commit is told to anybody.
func (i *idle) committed(version uint64) {
	i.versions.committed(version)
	i.drop() // what it sees could not be compacted away
}

func (i *idle) drop() {
	if v := i.kept.Swap(nil); v != nil {
		i.discard(v)
	}
}
