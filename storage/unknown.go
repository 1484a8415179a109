package storage

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

// collectionsWith lists the collections that have anything in a space in which the keys
// of each are together.
func collectionsWith(r Reader, space byte) (names []string, err error) {
	o := wholeSpace(space)
	o.KeysOnly = true
	for {
		name, some := "", false
		for item, err := range r.Scan(o) {
			if err != nil {
				return nil, err
			}
			coll, _, _ := bytes.Cut(item.Key[1:], []byte{0})
			name, some = string(coll), true
			break
		}
		if !some {
			return names, nil
		}
		names = append(names, name)
		o.Start = afterCollection(space, name)
	}
}

// missingStates is the damage of a store that has documents of a collection and does
// not know what it knows of it: to go on would take them for somebody else's, and
// give them up (Law I).
func missingStates(r Reader, states map[string]*state) error {
	names, err := collectionsWith(r, spaceDocument)
	for _, name := range names {
		if states[name] == nil && err == nil {
			err = stateMissing(name)
		}
	}
	return err
}

// Unknown lists the collections of which a store has documents and what it knows is
// missing or cannot be read. It fails with ErrDamaged if nothing can be read without
// which there are no collections: the numbers of replicas.
func Unknown(r Reader) (names []string, err error) {
	table, err := (&replicaTable{}).read(r)
	if err != nil {
		return nil, err
	}
	with, err := collectionsWith(r, spaceDocument)
	if err != nil {
		return nil, err
	}
	stated := map[string]bool{}
	for item, err := range r.Scan(wholeSpace(spaceCollection)) {
		if err != nil {
			return nil, err
		}
		coll := string(item.Key[1:])
		stated[coll] = true
		s, err := stateOf(r, coll, item.Key, item.Value, table.of(r))
		if err == nil && int(s.replicas) > len(table.ids) {
			err = &DamagedError{What: fmt.Sprintf("replica number %d is missing", len(table.ids))}
		}
		switch {
		case errors.Is(err, ErrDamaged):
			names = append(names, coll)
		case err != nil:
			return nil, err
		}
	}
	for _, coll := range with {
		if !stated[coll] {
			names = append(names, coll)
		}
	}
	return names, nil
}

// Erase deletes all that a store, which nobody has open as Documents, keeps of
// a collection.
func Erase(s Store, coll string) error {
	if err := crdt.CheckCollection(coll); err != nil {
		return err
	}
	for _, key := range [][]byte{collectionKey(coll), baseKey(coll), treeMarkKey(coll), forgottenKey(coll)} {
		if err := s.Update(func(tx Tx) error { return tx.Delete(key) }); err != nil {
			return err
		}
	}
	spaces := []byte{spaceDocument, spaceFingerprint, spaceForgotten, spaceSignedHead, spaceIndex, spaceOwn, spacePart, spaceTree, spaceConflict}
	for _, space := range spaces {
		for more := true; more; {
			err := s.Update(func(tx Tx) error {
				keys, err := eraseSome(tx, space, coll)
				more = len(keys) == eraseStep
				for _, key := range keys {
					err = errors.Join(err, tx.Delete(key))
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("erase %s: %w", coll, err)
			}
		}
	}
	return nil
}

// eraseStep is how many keys one transaction of Erase deletes.
const eraseStep = 2000

func eraseSome(tx Tx, space byte, coll string) (keys [][]byte, err error) {
	o := ScanOptions{Start: inCollection(space, coll, 0), End: afterCollection(space, coll), KeysOnly: true}
	for item, err := range tx.Scan(o) {
		if err != nil || len(keys) == eraseStep {
			return keys, err
		}
		keys = append(keys, bytes.Clone(item.Key))
	}
	return keys, nil
}

// Doubtful lists the documents of a collection of which the record is not the latest, or
// not there, or cannot be read, or is newer than what is known: the dot index names
// every latest change. It says nothing where the index is damaged too.
func (d *Documents) Doubtful(coll string) (all []crdt.Range, err error) {
	err = d.VerifyEach(coll, everywhere, func(f Finding) error {
		switch f.Problem {
		case ProblemRecord, ProblemMissing, ProblemStale, ProblemAhead:
			all = append(all, crdt.Range{From: f.Key, To: f.Key + "\x00"})
		}
		return nil
	})
	return UnitedRanges(all), err
}

// DoubtForgotten counts all that is known of a collection as forgotten: what it says of
// that may be older than it should be. It costs peers comparisons and brings nothing
// back that was removed.
func (d *Documents) DoubtForgotten(coll string) error {
	return d.Update(func(b *Batch) error {
		b.setForgotten(coll, b.peek(coll).knowledge)
		return nil
	})
}
