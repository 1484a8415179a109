package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// VerifyDir checks a data directory that no node has open: the files
// against their checksums, then what they hold as Verify does. It writes nothing into the
// directory but the process id of the lock: what can be read is checked in a copy, which it makes
// in the directory for temporary files and which takes as much room. key is the encryption key, nil if
// there is none. found is called with each finding. It fails with
// ErrLocked while a node has the directory open, and with ErrEncryption.
func VerifyDir(ctx context.Context, dir string, key []byte, found func(where, what string)) (err error) {
	store := filepath.Join(dir, storeDir)
	if _, err := os.Stat(store); err != nil {
		return err
	}
	damage, err := badger.Examine(store, key)
	var locked *badger.ErrLocked
	switch {
	case errors.As(err, &locked):
		return fmt.Errorf("%w: %w", ErrLocked, err)
	case errors.Is(err, badger.ErrSealed), errors.Is(err, badger.ErrPlain), errors.Is(err, badger.ErrWrongKey):
		return fmt.Errorf("%w: %w", ErrEncryption, err)
	case err != nil:
		return err
	}
	for _, d := range damage {
		found(d.File, d.What)
	}
	seed, err := verifyFiles(dir, key, found)
	if err != nil || seed == nil {
		return err
	}
	copied, err := os.MkdirTemp("", "crdtd-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	o := badger.Options{Key: key}
	r, err := badger.Rebuild(ctx, store, copied, o)
	if err != nil {
		return err
	}
	if len(damage) == 0 {
		for _, d := range r.Damage {
			found(storeDir, d)
		}
	}
	return verifyCopy(copied, o, ed25519.NewKeyFromSeed(seed), found)
}

// verifyFiles checks the files beside the store, and returns the seed of the device key;
// nil if that is damaged.
func verifyFiles(dir string, key []byte, found func(where, what string)) (seed []byte, err error) {
	for name, size := range map[string]int{deviceFile: ed25519.SeedSize, secretFile: p2p.SecretSize} {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && name == secretFile {
			continue // a node without a network
		}
		if errors.Is(err, fs.ErrNotExist) {
			found(name, "missing: "+noOtherKey)
			continue
		}
		if err != nil {
			return nil, err
		}
		secret, err := unseal(name, path, text, size, key)
		if err != nil {
			found(name, err.Error())
		} else if name == deviceFile {
			seed = secret
		}
	}
	if _, err := loadWatermark(dir); err != nil {
		found(watermarkFile, err.Error())
	}
	if _, err := loadMembers(dir); err != nil {
		found(membersFile, err.Error())
	}
	if _, err := loadPorts(dir); err != nil {
		found(listenFile, err.Error())
	}
	return seed, nil
}

// verifyCopy checks what a store that nobody else knows of holds.
func verifyCopy(dir string, o badger.Options, device ed25519.PrivateKey, found func(where, what string)) (err error) {
	s, err := badger.Open(dir, o)
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
	tell := func(f storage.Finding) error {
		where := f.Collection
		if f.Key != "" {
			where += "/" + f.Key
		}
		found(where, strings.TrimSuffix(fmt.Sprintf("%s: %s", f.Problem, f.Detail), ": "))
		return nil
	}
	whole, err := docs.VerifyStore()
	for _, f := range whole {
		_ = tell(f) // has no error
	}
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
		err = docs.VerifyEach(coll, held, tell)
	}
	return errors.Join(err, docs.Close())
}
