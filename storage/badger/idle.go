package badger

import (
	"sync/atomic"

	badgerdb "github.com/dgraph-io/badger/v4"
)

// idle keeps the transaction of the last View for the next one, as long as
// nothing is committed in between: to begin and end one takes Badger as long as
// to find a key. A transaction is used by one View at a time.
type idle struct {
	commits atomic.Uint64
	kept    atomic.Pointer[view]
}

// view is a transaction that only reads, begun after so many commits.
type view struct {
	txn     *badgerdb.Txn
	commits uint64
}

// begin is a transaction that sees every commit before the call.
func (i *idle) begin(db *badgerdb.DB) *view {
	now := i.commits.Load() // before the transaction begins: it may see more, never less
	if v := i.kept.Swap(nil); v != nil {
		if v.commits == now {
			return v
		}
		v.txn.Discard()
	}
	return &view{db.NewTransaction(false), now}
}

// end keeps v, or discards it if there is another or a commit since.
func (i *idle) end(v *view) {
	if !i.kept.CompareAndSwap(nil, v) {
		v.txn.Discard()
		return
	}
	if i.commits.Load() != v.commits {
		i.drop()
	}
}

// committed is called before a commit is told to anybody.
func (i *idle) committed() {
	i.commits.Add(1)
	i.drop() // what it sees could not be compacted away
}

func (i *idle) drop() {
	if v := i.kept.Swap(nil); v != nil {
		v.txn.Discard()
	}
}
