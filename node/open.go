package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// Open opens a node. Every bad field of o is reported at once, as
// OptionErrors joined into one error. ctx is for opening only.
func Open(ctx context.Context, o Options) (_ *Node, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Dir != "" { // the same place, wherever the process goes
		if o.Dir, err = filepath.Abs(o.Dir); err != nil {
			return nil, fmt.Errorf("open %s: %w", o.Dir, err)
		}
	}
	o.fill()
	n := &Node{options: o, name: o.Name, started: o.Clock(), sink: newSink(o.Logger, o.Events)}
	n.custody = &custody{node: n}
	n.life, n.end = context.WithCancel(context.Background())
	n.closing = n.life.Done()
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	n.ballast = newBallast(o.Dir, o.Profile)
	if n.store, err = n.openStore(ctx, o); err != nil {
		return nil, err
	}
	device := o.Device
	if device == nil {
		if device, err = loadDevice(o.Dir, o.EncryptionKey); err != nil {
			return nil, err
		}
	}
	n.device = device.Public().(ed25519.PublicKey)
	options := storage.Options{Device: device, Now: o.Clock, Relaxed: o.Durability == Relaxed}
	if o.Dir != "" {
		n.noter = newNoter(o.Dir)
		options.Check = n.noter.check
	}
	if n.docs, err = n.openDocuments(options); err != nil {
		if err = n.reopen(ctx, o, o.badger(), device, err); err != nil {
			return nil, err
		}
		if n.docs, err = n.openDocuments(options); err != nil {
			return nil, err
		}
	}
	n.replica = n.docs.Replica()
	n.opened, n.since = n.replica, n.started
	if at, ok, err := n.docs.Since(); err != nil {
		return nil, err
	} else if ok {
		n.since = at
	}
	n.disk = newDisk(n.docs, n.sink)
	n.recent = newRecent()
	n.writer = newWriter(n.disk, newClock(o.Clock, n.docs.HighWater()), n.recent, o.Durability == Relaxed, n.sink)
	n.writer.committed = n.committed
	n.space = newSpaceGuard(o, n.store, n.ballast, n.spaceChanged)
	n.writer.space = n.space
	go n.writer.loop()
	n.tellPast()
	if err := n.openScope(ctx); err != nil {
		return nil, fmt.Errorf("scope: %w", err)
	}
	n.hashing, n.rolls = &hasher{n}, newRolls(n)
	n.writer.unread.read = n.rolls.beside
	if o.networked() {
		if n.mesh, err = openMesh(ctx, n, device); err != nil {
			return nil, err
		}
	}
	n.spawn(func() { n.hashing.loop(n.life) })
	n.ballast.keep()
	n.spawn(func() { n.space.loop(n.life) })
	n.spawn(func() { n.tendScope(n.life) })
	n.spawn(func() { (&scrubber{node: n}).loop(n.life) })
	n.spawn(func() { n.rolls.loop(n.life) })
	n.spawn(func() { newForgetter(n).loop(n.life) })
	if n.noter != nil {
		n.spawn(func() { n.compareRoots() })
		n.spawn(func() { n.keepNote(n.life) })
	}
	n.tellAside()
	if n.mesh != nil {
		n.custody.load()
		n.spawn(func() { n.custody.loop(n.life) })
		n.mesh.start()
	}
	return n, nil
}

// openDocuments opens the documents of the store.
func (n *Node) openDocuments(o storage.Options) (*storage.Documents, error) {
	docs, err := storage.OpenDocuments(n.store, o)
	if errors.Is(err, storage.ErrDevice) && n.options.Dir != "" {
		err = fmt.Errorf("%w: %s is not the one that it was made with, or is damaged: %s", err, filepath.Join(n.options.Dir, deviceFile), noOtherKey)
	}
	return docs, err
}

// fill replaces what was left out by its default.
func (o *Options) fill() {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Durability == "" {
		o.Durability = Fsync
	}
	if o.Name == "" {
		o.Name, _ = os.Hostname()
		o.Name = strings.ToValidUTF8(o.Name[:min(len(o.Name), MaxName)], "")
	}
	if len(o.Listen) == 0 && len(o.Join) > 0 {
		o.Listen = DefaultListen()
	}
}

// networked reports whether the node is to have a network.
func (o *Options) networked() bool { return len(o.Listen) > 0 || o.Network != nil }

// openStore opens the store that the options name.
func (n *Node) openStore(ctx context.Context, o Options) (storage.Store, error) {
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
		if err := checkFinished(o.Dir); err != nil {
			return nil, err
		}
	}
	if o.Store != nil {
		return o.Store, nil
	}
	if o.Dir == "" {
		return memory.New(), nil
	}
	b := o.badger()
	b.Spare = n.ballast.release
	s, err := n.openBadger(ctx, o, b)
	var locked *badger.ErrLocked
	if errors.As(err, &locked) {
		return nil, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	if errors.Is(err, badger.ErrSealed) || errors.Is(err, badger.ErrPlain) || errors.Is(err, badger.ErrWrongKey) {
		return nil, fmt.Errorf("%w: %w", ErrEncryption, err)
	}
	return s, err
}

// badger is how the store in Dir is opened.
func (o Options) badger() badger.Options {
	return badger.Options{Profile: badger.Profile(o.Profile), Logger: o.Logger, Key: o.EncryptionKey, Rested: o.Rested}
}

// Close stops exchanging, finishes what was begun, syncs and closes the
// store. Calls that wait return ErrClosed. Closing twice is no error.
func (n *Node) Close() error {
	n.closeOnce.Do(func() { n.failure = n.close() })
	return n.failure
}

func (n *Node) close() error {
	n.spawning.Lock()
	n.end()
	n.spawning.Unlock()
	var errs []error
	if n.mesh != nil {
		errs = append(errs, n.mesh.close())
	}
	n.loops.Wait()
	if n.mesh != nil {
		n.custody.keep(context.Background())
	}
	if n.writer != nil {
		close(n.writer.stop)
		<-n.writer.stopped
	}
	var last *watermark
	if n.docs != nil && n.disk != nil && n.disk.failure() == nil {
		last = n.lastNote()
		errs = append(errs, n.docs.Close())
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
	}
	if err := errors.Join(errs...); err != nil || last == nil {
		return err
	}
	n.saveNote(*last)
	return nil
}
