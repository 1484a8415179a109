package storage

import (
	"bytes"
	"sync/atomic"

	"github.com/crdtstore/crdtstore/crdt"
)

// Batch is the one transaction of an Update. Its methods see what it has
// changed so far. A Batch is not safe for concurrent use and must not be kept.
type Batch struct {
	d           *Documents
	tx          Tx
	own         incarnations
	replicas    *replicaTable
	newReplicas []crdt.ReplicaID
	newNumbers  map[crdt.ReplicaID]replicaNumber
	batchMaps
	forgotten  map[string]crdt.Knowledge // changed in b
	recordings []recording               // of documents that got a record, or are rid of it
	begun      address                   // the last document without a record that was seen to need none
	indexed    map[string]*indexed       // what the index had when a record was missed; nil if none was
	failed     error                     // the first write that failed
}

// Update calls fn with a Batch and commits, in one storage transaction, all
// that fn did; if fn or the commit fails, nothing of it has happened. It does
// not sync (see Sync). ErrTxTooBig means that the same may succeed in smaller
// parts. A method of Batch that was refused because of its arguments leaves no
// trace, so fn may go on; after any other failure Update fails, whatever fn
// returns.
func (d *Documents) Update(fn func(*Batch) error) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	if d.closed {
		return ErrClosed
	}
	d.begun.Add(1)
	defer d.ended.Add(1)
	var done *Batch
	err := d.update(func(b *Batch) error {
		done = b
		return fn(b)
	})
	if err == nil {
		d.rebase(done)
	}
	if done != nil {
		d.maps = done.batchMaps.cleared()
	}
	return err
}

// update is Update for who holds writing.
func (d *Documents) update(fn func(*Batch) error) error {
	var b *Batch
	committing := false
	err := d.store.Update(func(tx Tx) error {
		if d.unsure {
			if err := d.load(tx); err != nil {
				return err
			}
			d.unsure = false
		}
		b = d.newBatch(tx)
		if err := fn(b); err != nil {
			return err
		}
		if err := b.finish(); err != nil {
			return err
		}
		committing = true
		d.recent.expect(b.states)
		return nil
	})
	if err == nil {
		d.publish(b)
		return nil
	}
	d.recent.clear()
	// A commit that failed may still have happened: read again what is known,
	// now, so that Collections and the like agree with what a View shows, or, if
	// that fails, before the next Update.
	d.unsure = d.unsure || committing
	if committing && d.store.View(d.load) == nil {
		d.unsure = false
	}
	return err
}

func (d *Documents) newBatch(tx Tx) *Batch {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return &Batch{
		d: d, tx: tx, own: d.own, replicas: d.table.Load(),
		batchMaps: d.takeMaps(),
	}
}

// finish writes what changes once for each Update.
func (b *Batch) finish() error {
	if b.failed != nil {
		return b.failed
	}
	b.finishRolls()
	b.finishRecordings()
	for coll, s := range b.states {
		s.countOwn()
		s.replicas = uint32(len(b.replicas.ids) + len(b.newReplicas))
		key := collectionKey(coll)
		value := s.appendBinary(unsealed(256), b.name)
		if !s.roll.summed && bytes.Equal(value[sealSize:], s.record) { // a View would take it for the state before, which has another roll
			if err := b.rebase(coll); err != nil {
				return err
			}
			value = s.appendBinary(unsealed(256), b.name)
		}
		s.record = value[sealSize:]
		if err := b.set(key, seal(key, value)); err != nil {
			return err
		}
	}
	if err := b.finishForgotten(); err != nil {
		return err
	}
	for coll, m := range b.marks {
		key := treeMarkKey(coll)
		if err := b.set(key, seal(key, m.appendBinary(unsealed(128), b.look(coll).base, b.name))); err != nil {
			return err
		}
	}
	return b.failed // of a name
}

// publish makes what b has committed visible to everyone.
func (d *Documents) publish(b *Batch) {
	b.publishRecordings()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.table.Store(b.replicas.with(b.newReplicas))
	d.own = b.own
	for coll, keys := range b.dirty {
		d.dirty[coll] = keys
	}
	for coll, s := range b.states {
		d.states[coll] = s
		delete(d.dirty, coll)
		d.proven.forget(coll)
	}
	for coll, heads := range b.covered {
		for r, n := range heads {
			d.covered.set(coll, r, n)
		}
	}
}

// state is the collection's state for changing; it is written at the end.
func (b *Batch) state(coll string) *state {
	if s := b.states[coll]; s != nil {
		return s
	}
	s := *b.look(coll)
	b.states[coll] = &s
	return &s
}

// peek is a copy of the collection's state, for reading.
func (b *Batch) peek(coll string) state {
	s := b.look(coll)
	s.countOwn()
	return *s
}

// look is the collection's state, for reading what countOwn does not change.
func (b *Batch) look(coll string) *state {
	if s := b.states[coll]; s != nil {
		return s
	}
	b.d.mu.RLock()
	defer b.d.mu.RUnlock()
	if s := b.d.states[coll]; s != nil {
		return s
	}
	return &state{reach: reach{checked: new(atomic.Bool)}, roll: newRoll(nil, 0, 0), recorded: &recordedKeys{read: true}}
}

// set and del write to the transaction; a failure fails the whole Update.
func (b *Batch) set(key, value []byte) error {
	b.enrol(key, false)
	return b.note(b.tx.Set(key, value))
}

func (b *Batch) del(key []byte) error {
	b.enrol(key, true)
	return b.note(b.tx.Delete(key))
}

func (b *Batch) note(err error) error {
	if err != nil && b.failed == nil {
		b.failed = err
	}
	return err
}
