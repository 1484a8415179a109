package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crdtstore/crdtstore/p2p"
)

// Files in the directory of a node, beside the store.
const (
	deviceFile = "device.key"  // Ed25519 seed, 64 hexadecimal digits or sealed, 0600
	secretFile = "mesh.secret" // mesh secret, likewise
	storeDir   = "store"       // what the storage adapter keeps
)

// loadDevice reads the device key of dir, or makes one. Without a directory
// the key lives as long as the node.
func loadDevice(dir string, key []byte) (ed25519.PrivateKey, error) {
	seed, err := loadOrCreate(dir, deviceFile, ed25519.SeedSize, key)
	if errors.Is(err, errMalformed) {
		err = fmt.Errorf("%w: %s", err, noOtherKey)
	}
	if err != nil {
		return nil, fmt.Errorf("device key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// loadSecret reads the mesh secret of dir, or founds a mesh with a new one.
func loadSecret(dir string, key []byte) ([]byte, error) {
	secret, err := loadOrCreate(dir, secretFile, p2p.SecretSize, key)
	if errors.Is(err, errMalformed) {
		err = fmt.Errorf("%w: put it back as it was (all members have the same), or delete it and join with an invite of another member", err)
	}
	if err != nil {
		return nil, fmt.Errorf("mesh secret: %w", err)
	}
	return secret, nil
}

// saveSecret replaces the mesh secret of dir; without a directory it does
// nothing.
func saveSecret(dir string, secret, key []byte) error {
	if dir == "" {
		return nil
	}
	text, err := seal(secretFile, secret, key)
	if err == nil {
		err = writeFile(filepath.Join(dir, secretFile), text)
	}
	if err != nil {
		return fmt.Errorf("mesh secret: %w", err)
	}
	return nil
}

// loadOrCreate reads size secret bytes from a file, or writes new random ones
// to it. A file that is there but malformed is an error: to replace it would
// silently make the node somebody else.
func loadOrCreate(dir, name string, size int, key []byte) ([]byte, error) {
	b := make([]byte, size)
	if dir == "" {
		rand.Read(b)
		return b, nil
	}
	path := filepath.Join(dir, name)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		rand.Read(b)
		text, err := seal(name, b, key)
		if err != nil {
			return nil, err
		}
		return b, writeFile(path, text)
	}
	if err != nil {
		return nil, err
	}
	return unseal(name, path, text, size, key)
}

// noOtherKey says what to do without a device key.
const noOtherKey = "it is who this node is, and cannot be made again: put it back from a copy, or restore a backup that has the identity into another directory"

// errMalformed is wrapped by errors of a secret file that does not hold one.
var errMalformed = errors.New("the file is damaged")

func hexLine(b []byte) []byte { return append(hex.AppendEncode(nil, b), '\n') }

// writeFile puts content at path so that, whenever the power goes, the file is
// either as it was or as it shall be: written beside, synced, renamed, and the
// directory synced. Nobody but the owner may read it.
func writeFile(path string, content []byte) error {
	return writeFileOf(path, func(string) ([]byte, error) { return content, nil })
}

// writeFileOf is writeFile for content that speaks of the file: it is asked for when there is one,
// by the name that the file has until then.
func writeFileOf(path string, content func(file string) ([]byte, error)) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	b, err := content(f.Name())
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
