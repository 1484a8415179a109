package storage

import (
	"errors"
	"fmt"
	"iter"

	"github.com/crdtstore/crdtstore/crdt"
)

// View is one collection as it was at one moment, however long it is kept. It
// must be closed. A View is not safe for concurrent use.
type View struct {
	d        *Documents
	coll     string
	snap     Snapshot
	state    *state
	replicas *replicaTable
	own      *incarnations // read when first asked for
	sorted   *sortedKeys   // of the last call of Candidates
	listed   *string       // the least key from which candidates were read from the records
	ahead    readAhead     // of Record
	roll     *roll         // of the state, as far as it was read
	sure     *string       // of the keys from this on, index and records name the same
	indexed  *indexed      // read when a record is missed
}

// View shows a collection as it is now. A collection that nobody has written
// shows as empty.
func (d *Documents) View(coll string) (*View, error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return nil, err
	}
	last := d.published(coll)
	snap, err := d.store.Snapshot()
	if err != nil {
		return nil, err
	}
	v := &View{d: d, coll: coll, snap: snap, replicas: d.table.Load(), state: &state{}}
	if v.state, err = d.recent.load(snap, coll, last, v.replicas); err == nil && int(v.state.replicas) > len(v.replicas.ids) { // a commit that is being published
		v.replicas, err = v.replicas.read(snap)
	}
	if err == nil && last != nil && v.state.record == nil {
		err = stateMissing(coll)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("view %s: %w", coll, err), snap.Close())
	}
	return v, nil
}

// ViewDurable is View of what is on stable storage: it syncs first what is
// not. Only what is durable may be shown to a peer, since a replica that
// forgets what others have seen of it would use the same dots again (Law F).
func (d *Documents) ViewDurable(coll string) (*View, error) {
	v, err := d.View(coll)
	if err != nil {
		return nil, err
	}
	if d.synced.Load() < d.begun.Load() {
		if err := d.Sync(); err != nil {
			return nil, errors.Join(fmt.Errorf("view %s: %w", coll, err), v.Close())
		}
	}
	return v, nil
}

// Close releases the View; Records that it gave are no longer valid.
func (v *View) Close() error { return v.snap.Close() }

// Knowledge is what the replica knows of the collection.
func (v *View) Knowledge() crdt.Knowledge { return v.state.knowledge }

// Count is the number of documents that exist.
func (v *View) Count() uint64 { return v.state.live }

func (v *View) replicaID(n replicaNumber) (crdt.ReplicaID, error) {
	return v.replicas.lookup(v.snap, n)
}

// Record reads one document; see Documents.Get. It is valid until Close. A
// candidate that has no record is damage, since removed documents have one, and so is
// one whose record lacks a head by which it was found.
// Where candidates are too many to be collected from the index, the first
// Record compares the whole index with the records; Candidates does where it finds
// none.
func (v *View) Record(key string) (Record, error) {
	if err := v.Confirm(); err != nil {
		return Record{Key: key}, err
	}
	rec, err := v.read(key)
	if err == nil {
		err = v.sorted.bearsOut(v.coll, rec)
	}
	if err == nil && v.sorted != nil && len(rec.Heads) > 1 {
		err = v.standing(rec)
	}
	if err != nil {
		return rec, err
	}
	return v.d.complete(v.snap, v.coll, rec)
}

// Confirm makes sure that none of the documents that Candidates has not listed so far,
// from where it was asked on, is missing because its record was lost: a peer that is told
// that there was no more would take it as removed (Law I). It fails with *DamagedError.
// Candidates of the index need no such check, since one without a record shows by itself;
// where records were read instead, the whole index is compared with them, once in a View.
func (v *View) Confirm() error {
	if v.listed == nil || v.sure != nil && *v.sure <= *v.listed {
		return nil
	}
	from := *v.listed
	if err := v.source().compare(from); err != nil {
		return err
	}
	v.sure = &from
	return nil
}

// Candidates lists, in order, up to limit keys, from on, of documents, removed
// ones too, whose latest changes the peer lacks: one of their heads is not
// covered by the peer's vector of that key's range. It is never bounded by the
// own vector. more reports that there are others behind the last one. Who says of
// keys between those that are listed that there is nothing asks Confirm first.
func (v *View) Candidates(peer crdt.Knowledge, from string, limit int) (keys []string, more bool, err error) {
	keys, more, v.sorted, err = v.source().candidates(peer, from, limit, v.sorted)
	if c := v.sorted; err == nil && c.many && (v.listed == nil || c.from < *v.listed) {
		v.listed = &c.from
	}
	if err == nil && len(keys) == 0 { // no Record will be asked for that would find out
		err = v.Confirm()
	}
	return keys, more, err
}

func (v *View) source() source {
	if v.roll == nil && v.state.record != nil {
		r := v.state.roll
		v.roll = &r
	}
	return source{v.snap, v.coll, int(v.state.replicas), v.state.reach, v.roll, v.d.sorted, v.replicaID, v.replicas.number, v.state.recorded, v.state.recordings, v.state.live}
}

// List yields the documents that exist whose keys begin with prefix and come
// behind after, in order of keys. Each is valid until Close.
func (v *View) List(prefix, after string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		o := documentRange(v.coll, prefix, "")
		if after >= prefix && after != "" {
			o.Start = append(documentKey(v.coll, after), 0)
		}
		for item, err := range v.snap.Scan(o) {
			if err != nil {
				yield(Record{}, err)
				return
			}
			key := documentKeyOf(v.coll, item.Key)
			if len(key) < len(prefix) || key[:len(prefix)] != prefix {
				return
			}
			value := append([]byte(nil), item.Value...)
			rec, err := recordOf(v.coll, key, item.Key, value, v.replicaID)
			if err == nil && !rec.Exists() {
				continue
			}
			if err == nil {
				rec, err = v.d.complete(v.snap, v.coll, rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}
