package storage

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/crdtstore/crdtstore/crdt/text"
)

// formatNumber is the layout of the key spaces that this package writes. It
// reads those of format 1 (see upgrade), 2 (see stateLayout), 3 (see stateSummed), 4 (see shared) and 5 (see crowdMark) too.
const formatNumber = 6

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
	// Now is the wall clock, which dates incarnations; nil leaves them undated.
	Now func() time.Time
	// Check, if not nil, is asked before anything is written how the store is to
	// be opened. An error fails the opening.
	Check func(Past) (Opening, error)
}

// Opening is how a store is opened, after a look at its Past.
type Opening struct {
	// Restored is Options.Restored.
	Restored bool
	// Boot names this opening; it is kept in the store until the next one. Zero
	// keeps the one before.
	Boot [16]byte
}

// OpenDocuments opens the documents that s holds; an empty store is
// initialised. It fails with ErrFormat for a store of a newer version, with
// ErrDevice for one of another device, with ErrDamaged when what all else
// depends on cannot be read. Close it before s.
func OpenDocuments(s Store, o Options) (*Documents, error) {
	if len(o.Device) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: Device: a private key has %d bytes, this one %d", ErrOptions, ed25519.PrivateKeySize, len(o.Device))
	}
	d := &Documents{store: s, device: o.Device, random: o.Rand, now: o.Now, sorted: maxSorted, steps: text.MaxWork}
	if d.random == nil {
		d.random = rand.Reader
	}
	stop, format, opening := byte(stoppedClean), uint64(0), Opening{}
	err := s.View(func(r Reader) error {
		var err error
		if format, err = loadFormat(r); err != nil {
			return err
		}
		if stop, err = loadStop(r); err != nil {
			return err
		}
		if err = d.load(r); err != nil || o.Check == nil {
			return err
		}
		past, err := d.past(r, stop)
		if err != nil {
			return err
		}
		opening, err = o.Check(past)
		return err
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
	if format == 1 {
		if err := d.upgrade(); err != nil {
			return nil, fmt.Errorf("open documents: %w", err)
		}
	}
	renew := fresh || o.Restored || opening.Restored || stop == runningRelaxed
	if err := d.start(o, opening.Boot, renew); err != nil {
		return nil, fmt.Errorf("open documents: %w", err)
	}
	_, counted := d.Own()
	d.opened = opened{len(d.own.replicas) - 1, counted}
	return d, nil
}

// load reads what is kept in memory.
func (d *Documents) load(r Reader) error {
	table, err := (&replicaTable{}).read(r)
	if err != nil {
		return err
	}
	states, err := loadStates(r, table.of(r))
	if err == nil {
		err = missingStates(r, states)
	}
	if err != nil {
		return err
	}
	own, err := loadIncarnations(r)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if own.forks, err = loadForks(r, metaForks); err != nil {
		return err
	}
	if own.doubts, err = loadForks(r, metaDoubts); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.table.Store(table)
	d.recent.clear()
	d.recent.expect(states)
	d.states, d.own, d.covered = states, own, signedCounters{}
	d.dirty = map[string]*sortedKeys{}
	return nil
}

// start commits that the store is in use, under boot if that is not zero, with a
// new incarnation if renew.
func (d *Documents) start(o Options, boot [16]byte, renew bool) error {
	d.running = runningDurable
	if o.Relaxed {
		d.running = runningRelaxed
	}
	err := d.Update(func(b *Batch) error {
		if renew {
			if err := b.Renew(); err != nil {
				return err
			}
		}
		if d.boot = boot; boot != [16]byte{} {
			if err := b.setMeta(metaBoot, boot[:]); err != nil {
				return err
			}
		}
		return b.setRunning()
	})
	if err != nil {
		return err
	}
	return d.Sync()
}

// setRunning writes the format, and that the store is in use.
func (b *Batch) setRunning() error {
	if err := b.setMeta(metaFormat, binary.AppendUvarint(nil, formatNumber)); err != nil {
		return err
	}
	return b.setMeta(metaStop, []byte{b.d.running})
}

// loadFormat reads the format number, and refuses that of a newer version. An
// empty store has 0; one that holds something else is refused.
func loadFormat(r Reader) (uint64, error) {
	b, err := getSealed(r, metaKey(metaFormat), "", "the format number")
	if errors.Is(err, ErrNotFound) {
		for item, err := range r.Scan(ScanOptions{KeysOnly: true}) {
			if err != nil {
				return 0, err
			}
			return 0, &DamagedError{What: fmt.Sprintf("no format number, but a key %q", item.Key)}
		}
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, w := binary.Uvarint(b)
	if w != len(b) || n == 0 {
		return 0, &DamagedError{What: "the format number"}
	}
	if n > formatNumber {
		return 0, fmt.Errorf("%w: format %d, this version reads up to %d", ErrFormat, n, formatNumber)
	}
	return n, nil
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
