package node

import "github.com/crdtstore/crdtstore/crdt"

// Tx is a transaction: what fn of Update or View works with. It must not be
// used after fn returned, nor by two goroutines.
type Tx struct{}

// Get reads a document as the transaction sees it, its own writes included;
// ErrNotFound when there is none.
func (t *Tx) Get(collection, key string) (*Document, error) { panic("soon") }

// Put is Collection.Put inside the transaction. An error that depends on the
// document (a failed precondition) shows at the end of Update.
func (t *Tx) Put(collection, key string, body []byte, o PutOptions) error { panic("soon") }

// MergePatch is Collection.MergePatch inside the transaction.
func (t *Tx) MergePatch(collection, key string, patch []byte, o PutOptions) error { panic("soon") }

// Apply is Collection.Apply inside the transaction.
func (t *Tx) Apply(collection, key string, ops []crdt.Op, o PutOptions) error { panic("soon") }

// Delete is Collection.Delete inside the transaction; to remove what is not
// there is no error here.
func (t *Tx) Delete(collection, key string, o PutOptions) error { panic("soon") }
