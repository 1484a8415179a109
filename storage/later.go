package storage

import (
	"bytes"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Transaction are the keys that one transaction has set, with their values, and those
// that it has deleted, with nil. Of those that were read behind a damage an empty one says that something is
// missing there: keys of the one before it, or whole transactions.
type Transaction = map[string][]byte

// later is a Reader with what transactions have written since.
type later struct {
	Reader
	written Transaction
}

// Later is r as the transactions behind it have left it, oldest first.
func Later(r Reader, txs []Transaction) Reader {
	l := later{r, Transaction{}}
	for _, tx := range txs {
		maps.Copy(l.written, tx)
	}
	return l
}

// Get implements Reader.
func (l later) Get(key []byte) ([]byte, error) {
	value, ok := l.written[string(key)]
	switch {
	case !ok:
		return l.Reader.Get(key)
	case value == nil:
		return nil, ErrNotFound
	}
	return value, nil
}

// Scan implements Reader, in ascending order.
func (l later) Scan(o ScanOptions) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		keys := slices.Sorted(maps.Keys(l.written))
		keys = slices.DeleteFunc(keys, func(k string) bool {
			return k < string(o.Start) || o.End != nil && k >= string(o.End)
		})
		// before yields those that were written, up to a key.
		before := func(to []byte, all bool) bool {
			for len(keys) > 0 && (all || keys[0] < string(to)) {
				item := Item{Key: []byte(keys[0]), Value: l.written[keys[0]]}
				keys = keys[1:]
				if item.Value != nil && !yield(item, nil) {
					return false
				}
			}
			return true
		}
		for item, err := range l.Reader.Scan(o) {
			if err != nil {
				yield(item, err)
				return
			}
			if !before(item.Key, false) {
				return
			}
			if _, written := l.written[string(item.Key)]; !written && !yield(item, nil) {
				return
			}
		}
		before(nil, true)
	}
}

// SalvageLater calls fn with the documents that transactions have written which came
// behind something that is lost, so that r does not hold them: each as it was written last. What was
// known when it was written stands in the same transaction, or, if that part is lost, in the last one before it, and
// is its context. Where something is missing between the two it is that as well if nothing can have been given up there (see
// lastWrites), and else the least.
// unreadable lists those that are not whole as they were written last: of them fn gets the last that is, if there is one.
func SalvageLater(r Reader, txs []Transaction, fn func(Salvaged) error) (unreadable []Finding, err error) {
	l := later{r, Transaction{}}
	last, bad := map[string]Salvaged{}, map[string]Finding{}
	wrote, err := lastWritesOf(r, txs)
	if err != nil {
		return nil, err
	}
	from, err := newSalvager(Later(r, txs))
	if err != nil {
		return nil, err
	}
	from.Reader = l
	missing, since := false, map[string]bool{} // whether anything is, and collections of which the state was written since
	for n, tx := range txs {
		if len(tx) == 0 {
			missing = true
			clear(since)
			continue
		}
		maps.Copy(l.written, tx)
		for key, value := range tx {
			if key[0] == spaceCollection && value != nil {
				since[key[1:]] = true
			}
		}
		for key, value := range tx {
			if key[0] != spaceDocument {
				continue
			}
			delete(bad, key)
			if value == nil { // forgotten, or given up
				delete(last, key)
				continue
			}
			s, err := from.read([]byte(key), value)
			if err == nil {
				err = s.within(l, func(known *state) bool { return !missing || since[s.Collection] || wrote.still(known, n) })
			}
			switch {
			case errors.Is(err, ErrDamaged):
				bad[key] = Finding{s.Collection, s.Document.Key, ProblemRecord, err.Error()}
			case err != nil:
				return nil, err
			default:
				last[key] = s
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if err := fn(last[key]); err != nil {
			return nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(bad)) {
		unreadable = append(unreadable, bad[key])
	}
	return unreadable, nil
}

// within gives a document the context that the state of its collection says: all that
// the store had seen of it. If that cannot be read, the least one stays. The state is that of the transaction
// that has written the document; where that part of it is lost, it is the one before: what was
// known then was known still, and is in the document, unless still says no.
func (s *Salvaged) within(r Reader, still func(*state) bool) error {
	key := collectionKey(s.Collection)
	value, err := r.Get(key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	state, err := stateOf(r, s.Collection, key, value, (&replicaTable{}).of(r))
	if errors.Is(err, ErrDamaged) {
		return nil
	}
	if err == nil && still(state) {
		s.Vector, s.Beside = s.Vector.Merge(state.knowledge.At(s.Document.Key)), false
	}
	return err
}

// DocumentsOf lists the documents of which transactions have written the records.
func DocumentsOf(txs []Transaction) map[string][]crdt.Range {
	keys := map[string]bool{}
	for _, tx := range txs {
		for key := range tx {
			keys[key] = true
		}
	}
	all := map[string][]crdt.Range{}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		coll, doc, ok := bytes.Cut([]byte(key[1:]), []byte{0})
		if key[0] == spaceDocument && ok && checkAddress(string(coll), string(doc)) == nil {
			all[string(coll)] = append(all[string(coll)], crdt.Range{From: string(doc), To: string(doc) + "\x00"})
		}
	}
	return all
}
