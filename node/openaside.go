package node

import (
	"context"
	"crypto/ed25519"
	"errors"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// openBadger opens the store of a data directory. One whose files are damaged is moved
// aside, and what can be read of it is in the one that is opened.
func (n *Node) openBadger(ctx context.Context, o Options, b badger.Options) (storage.Store, error) {
	a := asider{dir: o.Dir, badger: b, clock: o.Clock}
	if err := a.finish(); err != nil {
		return nil, err
	}
	err := a.inspect()
	if err == nil {
		var s *badger.Store
		if s, err = badger.Open(a.store(), b); err == nil {
			return s, nil
		}
	}
	if !spoilt(err) {
		return nil, err
	}
	if a.device = n.identity(o); a.device == nil { // not to be signed for: nothing is touched
		return nil, err
	}
	return n.replaceStore(ctx, a, err)
}

// identity is the device key, nil if it cannot be read.
func (n *Node) identity(o Options) ed25519.PrivateKey {
	if o.Device != nil {
		return o.Device
	}
	device, err := loadDevice(o.Dir, o.EncryptionKey)
	if err != nil {
		return nil
	}
	return device
}

// replaceStore moves a damaged store, which is not open, aside, and opens the new one.
func (n *Node) replaceStore(ctx context.Context, a asider, cause error) (storage.Store, error) {
	report, err := a.replace(ctx, cause)
	if err != nil {
		return nil, err
	}
	n.aside = report
	s, err := badger.Open(a.store(), a.badger)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// reopen is called when what the documents depend on cannot be read: the store is
// closed and replaced, once. It returns err if that is no case for it.
func (n *Node) reopen(ctx context.Context, o Options, b badger.Options, device ed25519.PrivateKey, err error) error {
	if o.Dir == "" || o.Store != nil || n.aside != nil || !errors.Is(err, storage.ErrDamaged) {
		return err
	}
	if e := n.store.Close(); e != nil {
		return errors.Join(err, e)
	}
	n.store, err = n.replaceStore(ctx, asider{dir: o.Dir, badger: b, clock: o.Clock, device: device}, err)
	return err
}

// tellAside says that a store was replaced, and has the new one checked as a whole.
func (n *Node) tellAside() {
	if n.aside == nil {
		return
	}
	n.sink.incident(IncidentEvent{Kind: FindingAside, Detail: n.aside.String()})
	for _, c := range n.docs.Collections() {
		n.checkBeside("", c)
	}
}
