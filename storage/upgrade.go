package storage

import "fmt"

// A store of format 1 has no index of conflicts, and every body in its record.
// The index is made when such a store is opened; bodies go into parts as they
// are written. Then it is of format 2, and what reads format 1 refuses it.

// upgradedAtOnce is how many keys of the index one transaction writes.
const upgradedAtOnce = 1024

// upgrade makes the index of conflicts anew, whatever there is of it: the
// upgrade before may have been interrupted.
func (d *Documents) upgrade() error {
	for _, coll := range d.Collections() {
		if err := d.upgradeCollection(coll); err != nil {
			return fmt.Errorf("upgrade %s: %w", coll, err)
		}
	}
	return nil
}

func (d *Documents) upgradeCollection(coll string) error {
	was, err := d.View(coll)
	if err != nil {
		return err
	}
	defer was.Close()
	var old, found keyBatch
	old.write, found.write = (*Batch).del, func(b *Batch, key []byte) error { return b.set(key, nil) }
	for item, err := range was.snap.Scan(conflictRange(coll, "", "")) {
		if err == nil {
			err = old.add(d, item.Key)
		}
		if err != nil {
			return err
		}
	}
	if err := old.commit(d); err != nil {
		return err
	}
	for item, err := range was.snap.Scan(documentRange(coll, "", "")) {
		if err != nil {
			return err
		}
		key := documentKeyOf(coll, item.Key)
		rec, err := recordOf(coll, key, item.Key, item.Value, was.replicaID)
		if err != nil || !rec.Conflicted { // of a damaged one nothing can be said
			continue
		}
		if err := found.add(d, conflictKey(coll, key)); err != nil {
			return err
		}
	}
	return found.commit(d)
}

// keyBatch writes keys, some at a time.
type keyBatch struct {
	keys  [][]byte
	write func(*Batch, []byte) error
}

func (k *keyBatch) add(d *Documents, key []byte) error {
	if k.keys = append(k.keys, append([]byte(nil), key...)); len(k.keys) < upgradedAtOnce {
		return nil
	}
	return k.commit(d)
}

func (k *keyBatch) commit(d *Documents) error {
	keys := k.keys
	if k.keys = nil; len(keys) == 0 {
		return nil
	}
	return d.Update(func(b *Batch) error {
		for _, key := range keys {
			if err := k.write(b, key); err != nil {
				return err
			}
		}
		return nil
	})
}
