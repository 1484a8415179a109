package node

import (
	"context"
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

// VerifyDir checks the store of a data directory that no node has open: the files
// against their checksums, then what they hold as Verify does. It writes nothing into the
// directory but the process id of the lock: what can be read is checked in a copy, which it makes
// in the directory for temporary files and which takes as much room. found is called with each finding. It fails with
// ErrLocked while a node has the directory open, and with ErrEncrypted.
func VerifyDir(ctx context.Context, dir string, found func(where, what string)) (err error) {
	store := filepath.Join(dir, storeDir)
	if _, err := os.Stat(store); err != nil {
		return err
	}
	damage, err := badger.Examine(store)
	var locked *badger.ErrLocked
	switch {
	case errors.As(err, &locked):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, badger.ErrSealed):
		return ErrEncrypted
	case err != nil:
		return err
	}
	for _, d := range damage {
		found(d.File, d.What)
	}
	seed, err := os.ReadFile(filepath.Join(dir, deviceFile))
	if err != nil {
		return fmt.Errorf("device key: %w", err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(seed)))
	if err != nil || len(key) != ed25519.SeedSize {
		found(deviceFile, "not a device key")
		return nil
	}
	copied, err := os.MkdirTemp("", "crdtd-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	r, err := badger.Rebuild(ctx, store, copied, badger.Options{})
	if err != nil {
		return err
	}
	if len(damage) == 0 {
		for _, d := range r.Damage {
			found(storeDir, d)
		}
	}
	return verifyCopy(copied, ed25519.NewKeyFromSeed(key), found)
}

func verifyCopy(dir string, device ed25519.PrivateKey, found func(where, what string)) (err error) {
	s, err := badger.Open(dir, badger.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	docs, err := storage.OpenDocuments(s, storage.Options{Device: device})
	if errors.Is(err, storage.ErrDamaged) || errors.Is(err, storage.ErrDevice) {
		found(storeDir, err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	all, err := docs.VerifyStore()
	for _, coll := range docs.Collections() {
		if err != nil {
			break
		}
		held := []crdt.Range{{}}
		if text, kept, e := docs.Scope(); e == nil && kept {
			if scope, e := parseScope(strings.Split(string(text), ",")); e == nil {
				held = scope.held(coll)
			}
		}
		var more []storage.Finding
		more, err = docs.VerifyHeld(coll, held)
		all = append(all, more...)
	}
	for _, f := range all {
		where := f.Collection
		if f.Key != "" {
			where += "/" + f.Key
		}
		found(where, strings.TrimSuffix(fmt.Sprintf("%s: %s", f.Problem, f.Detail), ": "))
	}
	return errors.Join(err, docs.Close())
}
