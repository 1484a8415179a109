package storage

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Restore writes again, from memory, what is kept of a collection as a whole, and
// heals ProblemState: its state, and a new base for it; the tree mark; and what
// is forgotten. Of that nothing is in memory: where it is damaged, all that is known
// counts as forgotten from now on, which costs peers comparisons and brings
// nothing back that was removed. Where the state was lost before this store was
// opened, nothing is known, and a new incarnation is taken (Law F).
func (b *Batch) Restore(coll string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	if s := b.look(coll); s.record == nil && b.states[coll] == nil {
		if err := stateless(b.tx, coll); errors.Is(err, ErrDamaged) {
			err = errors.Join(b.Renew(), b.enrolAnew(coll))
			if err != nil {
				return b.note(err)
			}
		}
	}
	if err := b.restoreForgotten(coll); err != nil {
		return b.note(fmt.Errorf("restore %s: %w", coll, err))
	}
	if err := b.rebase(coll); err != nil {
		return b.note(fmt.Errorf("restore %s: %w", coll, err))
	}
	return nil
}

func (b *Batch) restoreForgotten(coll string) error {
	_, err := (&vectorCache{}).load(b.tx, coll)
	if errors.Is(err, ErrDamaged) {
		for item, err := range b.tx.Scan(forgottenVectors(coll)) {
			if err != nil {
				return err
			}
			if err := b.del(slices.Clone(item.Key)); err != nil {
				return err
			}
		}
		if err := b.del(forgottenKey(coll)); err != nil {
			return err
		}
		b.setForgotten(coll, b.peek(coll).knowledge)
	} else if err != nil {
		return err
	}
	_, err = getSealed(b.tx, horizonKey(coll), coll, "a horizon")
	if errors.Is(err, ErrDamaged) {
		return b.del(horizonKey(coll)) // the next one is noted in time
	}
	return notFoundIsNil(err)
}

// restoreNotes writes again under which opening the store is in use, and drops a date
// of the incarnation, and a progress of the scrub, that cannot be read.
func (b *Batch) restoreNotes() error {
	for _, name := range []string{metaSince, metaScrub, metaForks, metaDoubts} {
		_, err := getSealed(b.tx, metaKey(name), "", name)
		if errors.Is(err, ErrDamaged) {
			err = b.del(metaKey(name))
		}
		if notFoundIsNil(err) != nil {
			return err
		}
	}
	if b.d.boot == [16]byte{} {
		return nil
	}
	return b.setMeta(metaBoot, b.d.boot[:])
}

// VerifyStore checks what is kept of the store as a whole: the numbers of
// replicas, the incarnations and the date of the last, the format, how it was left and
// opened, how far the scrub has come, and the scope. The
// findings are all ProblemState, of no collection. RestoreStore heals all but the
// scope, which SetScope does. What is put aside is checked too: ProblemQuarantine,
// which nothing heals but to drop it.
func (d *Documents) VerifyStore() (found []Finding, err error) {
	atLeast := len(d.table.Load().ids)
	err = d.store.View(func(r Reader) error {
		table, err := (&replicaTable{}).read(r)
		if err == nil && len(table.ids) < atLeast {
			err = &DamagedError{What: fmt.Sprintf("replica number %d is missing", len(table.ids))}
		}
		all := []error{err}
		for name, must := range map[string]bool{metaIncarnations: true, metaFormat: true, metaStop: true, metaScope: false, metaScrub: false, metaSince: false, metaForks: false, metaDoubts: false, metaBoot: d.boot != [16]byte{}} {
			_, err := getSealed(r, metaKey(name), "", "the record of "+name)
			if errors.Is(err, ErrNotFound) && must {
				err = &DamagedError{What: "the record of " + name + " is missing"}
			}
			all = append(all, notFoundIsNil(err))
		}
		for _, err := range all {
			if errors.Is(err, ErrDamaged) {
				found, err = append(found, Finding{Problem: ProblemState, Detail: err.Error()}), nil
			}
			if err != nil {
				return err
			}
		}
		kept, err := damagedQuarantine(r)
		found = append(found, kept...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("verify the store: %w", err)
	}
	return found, nil
}

// RestoreStore writes again, from memory, what VerifyStore finds damaged, but for
// the scope.
func (b *Batch) RestoreStore() error {
	for n, id := range b.replicas.ids {
		key := replicaKey(replicaNumber(n))
		want := seal(key, append(unsealed(len(id)), id[:]...))
		is, err := b.tx.Get(key)
		if err = notFoundIsNil(err); err == nil && !bytes.Equal(is, want) {
			err = b.set(key, want)
		}
		if err != nil {
			return b.note(fmt.Errorf("restore replica number %d: %w", n, err))
		}
	}
	key := metaKey(metaIncarnations)
	if err := b.set(key, seal(key, b.own.appendBinary(unsealed(128)))); err != nil {
		return err
	}
	if err := b.restoreNotes(); err != nil {
		return b.note(err)
	}
	return b.setRunning()
}
