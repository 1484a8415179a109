package storage

import "github.com/crdtstore/crdtstore/crdt"

// Stray is what was beside a record that is no more: the record was damaged or
// lost, and so could not say what to drop with it.
type Stray struct {
	at  []byte
	key string // that an entry of the dot index names; else ""
}

// Strays finds what Drop has left of some ranges, up to about limit of it. It
// reads the whole index.
func (v *View) Strays(left []crdt.Range, limit int) (strays []Stray, err error) {
	found := func(o ScanOptions, of func(Item) []string) error {
		for item, err := range v.snap.Scan(o) {
			if err != nil || len(strays) >= limit {
				return err
			}
			for _, key := range of(item) {
				strays = append(strays, Stray{append([]byte(nil), item.Key...), key})
			}
		}
		return nil
	}
	index := ScanOptions{Start: inCollection(spaceIndex, v.coll, 0), End: afterCollection(spaceIndex, v.coll)}
	err = found(index, func(item Item) (keys []string) {
		for key := range namedBy(item.Value) {
			if inRanges(left, key) {
				keys = append(keys, key)
			}
		}
		return keys
	})
	for _, r := range left {
		parts := partRange(v.coll, r.From, r.To)
		parts.KeysOnly = true
		for _, o := range []ScanOptions{conflictRange(v.coll, r.From, r.To), parts} {
			if err == nil {
				err = found(o, func(Item) []string { return []string{""} })
			}
		}
	}
	return strays, err
}

// DropStrays deletes what Strays has found; nothing may have been written into
// the ranges since then. If there is any, documents are counted anew.
func (b *Batch) DropStrays(coll string, strays []Stray) error {
	if len(strays) == 0 {
		return nil
	}
	for _, s := range strays {
		err := error(nil)
		if s.key != "" {
			b.noteRecord(coll, s.key, true)
			err = b.leave(s.at, s.key)
		} else {
			err = b.del(s.at)
		}
		if err != nil {
			return err
		}
	}
	live, err := b.recount(coll)
	b.state(coll).live = live
	return b.note(err)
}
