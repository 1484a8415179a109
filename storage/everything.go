package storage

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Everything is all collections as they were at one moment, however long it is
// kept: what was committed together is there together, and what was seen before
// something was written is there if that is. It must be closed. It is not safe
// for concurrent use.
type Everything struct {
	d        *Documents
	snap     Snapshot
	states   map[string]*state
	replicas *replicaTable
}

// Everything shows all collections as they are now. What it shows need not be
// on stable storage yet: see Sync.
func (d *Documents) Everything() (*Everything, error) {
	snap, err := d.store.Snapshot()
	if err != nil {
		return nil, err
	}
	e := &Everything{d: d, snap: snap}
	if e.replicas, err = d.table.Load().read(snap); err == nil {
		e.states, err = loadStates(snap, e.replicas.of(snap))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("view all collections: %w", err), snap.Close())
	}
	return e, nil
}

// Device is the key that signs for this store, as Options gave it.
func (d *Documents) Device() ed25519.PrivateKey { return d.device }

// Collections lists, in order, the collections of that moment.
func (e *Everything) Collections() []string { return slices.Sorted(maps.Keys(e.states)) }

// View shows one of them. Closing it is not needed, and Records stay valid until
// Everything is closed.
func (e *Everything) View(coll string) (*View, error) {
	if err := crdt.CheckCollection(coll); err != nil {
		return nil, err
	}
	v := &View{d: e.d, coll: coll, snap: lent{e.snap}, replicas: e.replicas, state: &state{}}
	if s := e.states[coll]; s != nil {
		v.state = s
	}
	return v, nil
}

// Scope is what SetScope had kept last at that moment.
func (e *Everything) Scope() (scope []byte, ok bool, err error) {
	b, err := getSealed(e.snap, metaKey(metaScope), "", "the scope")
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	return append([]byte(nil), b...), err == nil, err
}

// Close releases what is shown.
func (e *Everything) Close() error { return e.snap.Close() }

// lent is a Snapshot that is somebody else's to close.
type lent struct{ Reader }

// Close does nothing.
func (lent) Close() error { return nil }
