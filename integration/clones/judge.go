package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// judge looks for forks: two changes under one incarnation of which neither was made by who had the
// other one. Where a copy can be told at its start there is none, whoever has seen them. Elsewhere each
// of which the peer has both sides is known in the end: one at most writes as that
// incarnation, and who had to leave it has said so.
func (h *history) judge() error {
	for y, later := range h.written {
		for x, earlier := range h.written[:y] {
			if earlier.replica != later.replica || later.ctx[x] {
				continue
			}
			if !h.blind {
				return fmt.Errorf("lives %d and %d have both written as %s: %d and %d", earlier.life, later.life, later.replica, x, y)
			}
			if !h.has[x] || !h.has[y] {
				continue // one of the two is gone with its disk
			}
			h.forks++
			both, err := h.known(later.replica, earlier.life, later.life)
			if err != nil {
				return err
			}
			if h.met++; both {
				h.both++
			}
		}
	}
	return nil
}

// known is an error if more than one life still writes as a replica that forked: it may be the one
// that is left when the others have gone on under names of their own, where those have written nothing
// since. Who has written as it and goes on under another name has said why; both reports that all have.
func (h *history) known(replica string, lives ...int) (both bool, err error) {
	both, as := true, []int{}
	for _, l := range h.lives {
		if err := h.start(l); err != nil {
			return false, err
		}
		now, err := l.replica()
		if err = errors.Join(err, h.halt(l)); err != nil {
			return false, err
		}
		if now == replica {
			as, both = append(as, l.name), false
		} else if slices.Contains(lives, l.name) && !l.told {
			return false, fmt.Errorf("life %d has written as %s, as another life has, and said nothing", l.name, replica)
		}
	}
	if len(as) > 1 {
		return false, fmt.Errorf("lives %v still write as %s, as which %v have written", as, replica, lives)
	}
	return both, nil
}

// dots reads the store of the peer: a dot names one document, and in a history where copies
// are told at their start there is nothing else.
func (h *history) dots() (err error) {
	text, err := os.ReadFile(filepath.Join(h.b.Dir, "device.key"))
	if err != nil {
		return err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return fmt.Errorf("device.key of %d digits: %w", len(text), err)
	}
	s, err := badger.Open(filepath.Join(h.b.Dir, "store"), badger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	d, err := storage.OpenDocuments(s, storage.Options{Device: ed25519.NewKeyFromSeed(seed)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	v, err := d.View(collection)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	named := map[crdt.Dot]string{}
	for rec, err := range v.List("", "") {
		if err != nil {
			return err
		}
		for _, head := range rec.Heads {
			if was, ok := named[head]; ok && !h.blind {
				return fmt.Errorf("dot %v names %s and %s", head, was, rec.Key)
			}
			named[head] = rec.Key
		}
	}
	return nil
}

// end ends all processes, and removes what they held.
func (h *history) end() error {
	var errs []error
	for _, l := range h.lives {
		if l.Log != nil && l.Log.Bad() != "" {
			errs = append(errs, fmt.Errorf("life %d says %q", l.name, l.Log.Bad()))
		}
		l.Kill()
	}
	if h.b != nil {
		h.b.Kill()
	}
	return errors.Join(append(errs, os.RemoveAll(h.dir))...)
}
