package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// Tx is a transaction: what fn of Update or View works with. It must not be
// used after fn returned, nor by two goroutines.
type Tx struct {
	node     *Node
	ctx      context.Context
	readOnly bool
	views    map[string]*storage.View
	t        transaction
	size     int
}

// Update runs fn and commits what it wrote as one transaction: several
// documents of one collection, atomic here, and visible whole on peers that
// are in step. If a document that fn read was changed by somebody else in
// between, nothing is written and fn is run again. So fn must have no effect
// but on its Tx. An error of fn writes nothing and is returned as it is.
func (n *Node) Update(ctx context.Context, fn func(*Tx) error) error {
	for {
		err := n.try(ctx, fn)
		if !errors.Is(err, errStale) {
			return err
		}
	}
}

// View runs fn with reads from one snapshot of each collection; writes fail
// with ErrReadOnly.
func (n *Node) View(ctx context.Context, fn func(*Tx) error) error {
	t := &Tx{node: n, ctx: ctx, readOnly: true}
	defer t.close()
	return fn(t)
}

func (n *Node) try(ctx context.Context, fn func(*Tx) error) error {
	t := &Tx{node: n, ctx: ctx}
	defer t.close()
	if err := fn(t); err != nil {
		return err
	}
	if len(t.t.mutations) == 0 {
		return nil
	}
	return n.commit(ctx, t.size, &t.t)
}

// Get reads a document as the transaction sees it, its own writes included;
// ErrNotFound when there is none.
func (t *Tx) Get(collection, key string) (*Document, error) {
	if err := t.node.Collection(collection).checkKey(t.ctx, key); err != nil {
		return nil, err
	}
	rec, err := t.read(collection, key)
	if err != nil {
		return nil, t.node.storeError(err)
	}
	var d *Document
	if collection == t.t.collection && t.written(key) {
		d, err = t.preview(rec)
	} else if rec.Exists() {
		d, err = newDocument(collection, rec)
		d.remembered(t.node.recent)
	}
	if err == nil && d == nil {
		err = notFound(collection, key)
	}
	return d, err
}

// read takes a record from the snapshot of the collection and notes that the
// transaction rests on it.
func (t *Tx) read(collection, key string) (storage.Record, error) {
	v := t.views[collection]
	if v == nil {
		var err error
		if v, err = t.node.docs.View(collection); err != nil {
			return storage.Record{}, err
		}
		if t.views == nil {
			t.views = map[string]*storage.View{}
		}
		t.views[collection] = v
	}
	rec, err := v.Record(key)
	if err != nil {
		return rec, err
	}
	rec.Body = append([]byte(nil), rec.Body...) // Documents outlive the view
	t.t.reads = append(t.t.reads, read{collection, key, rec.Body})
	return rec, nil
}

func (t *Tx) written(key string) bool {
	for _, m := range t.t.mutations {
		if m.key == key {
			return true
		}
	}
	return false
}

// preview is what the mutations so far make of a record. Its dots are not
// the ones that the commit will take, so neither is its version.
func (t *Tx) preview(rec storage.Record) (*Document, error) {
	d, err := t.node.recent.decode(t.t.collection, rec.Key, rec.Body)
	if err != nil {
		return nil, fmt.Errorf("%s/%s: %w", t.t.collection, rec.Key, err)
	}
	w := t.node.scratch(previewDots)
	seen := func() crdt.VersionVector { return t.views[t.t.collection].Knowledge().At(rec.Key) }
	for _, m := range t.t.mutations {
		if m.key != rec.Key {
			continue
		}
		if d, _, err = m.change(t.node.recent, t.t.collection, d, w, seen); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", t.t.collection, rec.Key, err)
		}
	}
	return writtenDocument(t.t.collection, rec.Key, d), nil
}

// Put is Collection.Put inside the transaction. An error that depends on the
// document, such as a failed precondition, shows at the end of Update.
func (t *Tx) Put(collection, key string, body []byte, o PutOptions) error {
	p, err := crdt.ParseJSON(body)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", collection, key, err)
	}
	return t.add(collection, len(body), &mutation{key: key, options: o, put: p})
}

// MergePatch is Collection.MergePatch inside the transaction.
func (t *Tx) MergePatch(collection, key string, patch []byte, o PutOptions) error {
	e, err := patchEdit(patch)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", collection, key, err)
	}
	return t.add(collection, len(patch), &mutation{key: key, options: o, edit: e})
}

// JSONPatch is Collection.JSONPatch inside the transaction.
func (t *Tx) JSONPatch(collection, key string, patch []byte, o PutOptions) error {
	e, err := jsonPatchEdit(patch)
	if err != nil {
		return fmt.Errorf("%s/%s: %w", collection, key, err)
	}
	return t.add(collection, len(patch), &mutation{key: key, options: o, edit: e})
}

// Apply is Collection.Apply inside the transaction.
func (t *Tx) Apply(collection, key string, ops []crdt.Op, o PutOptions) error {
	return t.add(collection, 64*len(ops), &mutation{key: key, options: o, edit: opsEdit(ops)})
}

// Delete is Collection.Delete inside the transaction; to remove what is not
// there is no error here.
func (t *Tx) Delete(collection, key string, o PutOptions) error {
	return t.add(collection, 0, &mutation{key: key, options: o, edit: deleteEdit})
}

func (t *Tx) add(collection string, size int, m *mutation) error {
	if t.readOnly {
		return ErrReadOnly
	}
	if err := t.node.Collection(collection).checkKey(t.ctx, m.key); err != nil {
		return err
	}
	if t.t.collection != "" && t.t.collection != collection {
		return fmt.Errorf("%w: %s, then %s", ErrOtherCollection, t.t.collection, collection)
	}
	t.t.collection = collection
	t.t.mutations = append(t.t.mutations, m)
	t.size += size + len(m.key)
	return nil
}

func (t *Tx) close() {
	for _, v := range t.views {
		v.Close()
	}
}
