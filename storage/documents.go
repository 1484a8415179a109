package storage

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// Documents is the typed layer over a Store: collections of documents with
// their dot index, knowledge, signed heads and tree, which always change
// together in one transaction (Law G). Methods may be called from any
// goroutine; Updates are carried out one after the other.
type Documents struct {
	store   Store
	device  ed25519.PrivateKey
	random  io.Reader
	now     func() time.Time // nil: none
	sorted  int              // see maxSorted
	steps   int              // of texts, after which a frame is too big for one transaction
	boot    [16]byte         // under which the store is open; zero is none
	running byte             // what the stop flag says while the store is in use
	bodies  bodyCache

	vectors vectorCache // of what is forgotten
	proven  provenLeaves

	keeping  sync.Mutex // held by Keep, guards what follows
	lastKept uint64     // the greatest number of the quarantine that was given

	opened opened

	writing sync.Mutex             // held by Update, guards what follows
	covered signedCounters         // of stored signed heads, as far as read
	dirty   map[string]*sortedKeys // keys to hash, see Batch.rehash
	unsure  bool                   // a commit failed: what is known must be read again
	closed  bool
	maps    *batchMaps // for the next Batch; nil: they are made

	begun, ended, synced atomic.Uint64                // Updates that have begun, ended, are on disk
	table                atomic.Pointer[replicaTable] // as committed
	signed               sync.Map                     // signedKey → crdt.SignedHead: own heads signed last
	recent               recentStates

	mu     sync.RWMutex // guards what follows
	states map[string]*state
	own    incarnations
}

// Replica is the incarnation whose dots the next change takes.
func (d *Documents) Replica() crdt.ReplicaID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.own.current
}

// Collections lists, in order, the collections that the store knows anything of.
func (d *Documents) Collections() []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Sorted(maps.Keys(d.states))
}

// published is the state of a collection that was committed last; nil if the store has none.
func (d *Documents) published(coll string) *state {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.states[coll]
}

// HighWater is the latest timestamp that was written or marked: the clock
// must start from it.
func (d *Documents) HighWater() crdt.Timestamp {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var mark crdt.Timestamp
	for _, s := range d.states {
		mark = max(mark, s.mark)
	}
	return mark
}

// Get reads one document as it is now. A removed document has heads and no
// body; one that never was has neither. Damage is a *DamagedError, never
// absence.
func (d *Documents) Get(coll, key string) (Record, error) {
	g := gettings.Get().(*getting)
	defer g.done()
	g.d, g.coll, g.key, g.rec = d, coll, key, Record{Key: key}
	err := d.store.View(g.read)
	return g.rec, err
}

// complete puts the body into a record whose body is large. It stays valid.
func (d *Documents) complete(r Reader, coll string, rec Record) (Record, error) {
	if rec.large == nil {
		return rec, nil
	}
	var err error
	rec.Body, err = d.body(r, coll, rec.Key, rec.large)
	return rec, err
}

// body reads a large body, and remembers it.
func (d *Documents) body(r Reader, coll, key string, large *largeBody) ([]byte, error) {
	name := bodyName{address{coll, key}, large.digest}
	if body := d.bodies.get(name); body != nil {
		return body, nil
	}
	body, err := bodyReader{r, coll, key}.read(large)
	if err == nil {
		d.bodies.add(name, body)
	}
	return body, err
}

// getRecord reads one record without a large body; the body that it has is
// valid as long as r's results.
func getRecord(r Reader, t *replicaTable, coll, key string) (Record, error) {
	return getRecordAt(r, t, coll, key, documentKey(coll, key))
}

// getRecordAt is getRecord for who has the storage key at hand.
func getRecordAt(r Reader, t *replicaTable, coll, key string, at []byte) (Record, error) {
	value, err := r.Get(at)
	if errors.Is(err, ErrNotFound) {
		return Record{Key: key}, nil
	}
	if err != nil {
		return Record{Key: key}, fmt.Errorf("%s/%s: %w", coll, key, err)
	}
	return recordOf(coll, key, at, value, func(n replicaNumber) (crdt.ReplicaID, error) { return t.lookup(r, n) })
}

// Sync returns when every Update that has returned before is on stable storage.
func (d *Documents) Sync() error {
	n := d.ended.Load()
	if err := d.store.Sync(); err != nil {
		return err
	}
	for {
		s := d.synced.Load()
		if s >= n || d.synced.CompareAndSwap(s, n) {
			return nil
		}
	}
}

// Close notes a clean stop and syncs; the Store stays open. Later Updates
// fail with ErrClosed. A second Close does nothing.
func (d *Documents) Close() error {
	err := d.Update(func(b *Batch) error { return b.setMeta(metaStop, []byte{stoppedClean}) })
	if errors.Is(err, ErrClosed) {
		return nil
	}
	if err != nil {
		return err
	}
	d.writing.Lock()
	d.closed = true
	d.writing.Unlock()
	return d.Sync()
}
