package storage

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/crdtstore/crdtstore/crdt"
)

// formatNumber is the layout of the key spaces that this package writes.
const formatNumber = 1

const (
	metaFormat = "format"
	metaStop   = "stop"
)

// How a store was left, as its stop flag says.
const (
	stoppedClean   = 0
	runningDurable = 1
	runningRelaxed = 2
)

// ErrFormat is returned by OpenDocuments for a store that a newer version has
// written.
var ErrFormat = errors.New("store was written by a newer version")

// ErrOptions is returned by OpenDocuments when its Options cannot be used.
var ErrOptions = errors.New("bad options")

// Options configures OpenDocuments.
type Options struct {
	// Device signs how far this store has counted (Law J). It is required,
	// and must be the same each time a store is opened.
	Device ed25519.PrivateKey
	// Rand gives the nonces of incarnations; nil means crypto/rand.
	Rand io.Reader
	// Relaxed says that writes are acknowledged before they are synced. After
	// an unclean stop such a store takes a new incarnation (Law F).
	Relaxed bool
	// Restored says that the store was put back from a backup or copied from
	// another disk: it takes a new incarnation (Law F).
	Restored bool
}

// Documents is the typed layer over a Store: collections of documents with
// their dot index, knowledge, signed heads and tree, which always change
// together in one transaction (Law G). Methods may be called from any
// goroutine; Updates are carried out one after the other.
type Documents struct {
	store  Store
	device ed25519.PrivateKey
	random io.Reader
	sorted int // see maxSorted

	writing sync.Mutex                           // held by Update, guards what follows
	covered map[string]map[crdt.ReplicaID]uint64 // counters of stored signed heads, as far as read
	unsure  bool                                 // a commit failed: what is known must be read again
	closed  bool

	begun, ended, synced atomic.Uint64                // Updates that have begun, ended, are on disk
	table                atomic.Pointer[replicaTable] // as committed
	signed               sync.Map                     // signedKey → crdt.SignedHead: own heads signed last

	mu     sync.RWMutex // guards what follows
	states map[string]*state
	own    incarnations
}

// OpenDocuments opens the documents that s holds; an empty store is
// initialised. It fails with ErrFormat for a store of a newer version, with
// ErrDevice for one of another device, with ErrDamaged when what all else
// depends on cannot be read. Close it before s.
func OpenDocuments(s Store, o Options) (*Documents, error) {
	if len(o.Device) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: Device: a private key has %d bytes, this one %d", ErrOptions, ed25519.PrivateKeySize, len(o.Device))
	}
	d := &Documents{store: s, device: o.Device, random: o.Rand, sorted: maxSorted}
	if d.random == nil {
		d.random = rand.Reader
	}
	stop := byte(stoppedClean)
	err := s.View(func(r Reader) error {
		if err := checkFormat(r); err != nil {
			return err
		}
		var err error
		if stop, err = loadStop(r); err != nil {
			return err
		}
		return d.load(r)
	})
	if err != nil {
		return nil, fmt.Errorf("open documents: %w", err)
	}
	fresh := len(d.own.nonces) == 0
	device := o.Device.Public().(ed25519.PublicKey)
	if fresh {
		d.own.device = device
	} else if !device.Equal(d.own.device) {
		return nil, fmt.Errorf("open documents: %w", ErrDevice)
	}
	if err := d.start(o, fresh || o.Restored || stop == runningRelaxed); err != nil {
		return nil, fmt.Errorf("open documents: %w", err)
	}
	return d, nil
}

// load reads what is kept in memory.
func (d *Documents) load(r Reader) error {
	table, err := (&replicaTable{}).read(r)
	if err != nil {
		return err
	}
	states, err := loadStates(r)
	if err != nil {
		return err
	}
	own, err := loadIncarnations(r)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.table.Store(table)
	d.states, d.own, d.covered = states, own, map[string]map[crdt.ReplicaID]uint64{}
	return nil
}

// start commits that the store is in use, with a new incarnation if renew.
func (d *Documents) start(o Options, renew bool) error {
	running := byte(runningDurable)
	if o.Relaxed {
		running = runningRelaxed
	}
	err := d.Update(func(b *Batch) error {
		if renew {
			if err := b.Renew(); err != nil {
				return err
			}
		}
		if err := b.setMeta(metaFormat, binary.AppendUvarint(nil, formatNumber)); err != nil {
			return err
		}
		return b.setMeta(metaStop, []byte{running})
	})
	if err != nil {
		return err
	}
	return d.Sync()
}

// checkFormat refuses a store of a newer version. An empty store passes; one
// that holds something else does not.
func checkFormat(r Reader) error {
	b, err := getSealed(r, metaKey(metaFormat), "", "the format number")
	if errors.Is(err, ErrNotFound) {
		for item, err := range r.Scan(ScanOptions{KeysOnly: true}) {
			if err != nil {
				return err
			}
			return &DamagedError{What: fmt.Sprintf("no format number, but a key %q", item.Key)}
		}
		return nil
	}
	if err != nil {
		return err
	}
	n, w := binary.Uvarint(b)
	if w != len(b) || n == 0 {
		return &DamagedError{What: "the format number"}
	}
	if n > formatNumber {
		return fmt.Errorf("%w: format %d, this version reads up to %d", ErrFormat, n, formatNumber)
	}
	return nil
}

// loadStop reads how the store was left; one that never ran was left clean.
func loadStop(r Reader) (byte, error) {
	b, err := getSealed(r, metaKey(metaStop), "", "the stop flag")
	if errors.Is(err, ErrNotFound) {
		return stoppedClean, nil
	}
	if err != nil {
		return 0, err
	}
	if len(b) != 1 || b[0] > runningRelaxed {
		return 0, &DamagedError{What: "the stop flag"}
	}
	return b[0], nil
}

func (b *Batch) setMeta(name string, payload []byte) error {
	key := metaKey(name)
	return b.set(key, seal(key, append(unsealed(len(payload)), payload...)))
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
	rec := Record{Key: key}
	err := d.store.View(func(r Reader) error {
		var err error
		rec, err = getRecord(r, d.table.Load(), coll, key)
		rec.Body = slices.Clone(rec.Body)
		return err
	})
	return rec, err
}

// getRecord reads one record; its body is valid as long as r's results.
func getRecord(r Reader, t *replicaTable, coll, key string) (Record, error) {
	k := documentKey(coll, key)
	value, err := r.Get(k)
	if errors.Is(err, ErrNotFound) {
		return Record{Key: key}, nil
	}
	if err != nil {
		return Record{Key: key}, fmt.Errorf("%s/%s: %w", coll, key, err)
	}
	return recordOf(coll, key, k, value, func(n replicaNumber) (crdt.ReplicaID, error) { return t.lookup(r, n) })
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
