package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// checkDots reads the stores of peers that have stopped: a dot names one key and
// one version of it everywhere, and every store agrees with itself.
func (m *mesh) checkDots() error {
	named := map[crdt.Dot]string{} // key and digest of the document whose head it is
	for _, p := range m.peers {
		if err := readStore(p.Dir, func(d *storage.Documents) error { return m.readDots(p.Name, d, named) }); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return nil
}

// readStore opens the store in a data directory.
func readStore(dir string, fn func(*storage.Documents) error) error {
	text, err := os.ReadFile(filepath.Join(dir, "device.key"))
	if err != nil {
		return err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return fmt.Errorf("device.key of %d digits: %w", len(text), err)
	}
	s, err := badger.Open(filepath.Join(dir, "store"), badger.Options{})
	if err != nil {
		return err
	}
	d, err := storage.OpenDocuments(s, storage.Options{Device: ed25519.NewKeyFromSeed(seed)})
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return errors.Join(fn(d), d.Close(), s.Close())
}

func (m *mesh) readDots(peer string, d *storage.Documents, named map[crdt.Dot]string) error {
	found, err := d.VerifyStore()
	if err != nil {
		return err
	}
	more, err := d.VerifyRange(collection, "", "")
	if err != nil {
		return err
	}
	for _, f := range append(found, more...) {
		m.book.violate("%s: verify: %v", peer, f)
	}
	v, err := d.View(collection)
	if err != nil {
		return err
	}
	defer v.Close()
	for rec, err := range v.List("", "") {
		if err != nil {
			return err
		}
		what := fmt.Sprintf("%s %x", rec.Key, rec.Digest())
		for _, h := range rec.Heads {
			if was, ok := named[h]; ok && was != what {
				m.book.violate("%s: dot %v names %s, and elsewhere %s", peer, h, what, was)
			}
			named[h] = what
		}
	}
	return nil
}
