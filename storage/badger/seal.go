package badger

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// KeySize is the length of Options.Key.
const KeySize = 32

var (
	// ErrSealed is returned by Open when the store is encrypted, and no key was
	// given. Nothing was changed.
	ErrSealed = errors.New("the store is encrypted, and no key was given")
	// ErrPlain is returned by Open when a key was given, and the store is not
	// encrypted. Nothing was changed.
	ErrPlain = errors.New("the store is not encrypted, but a key was given")
	// ErrWrongKey is returned by Open when the store is encrypted with another
	// key. Nothing was changed.
	ErrWrongKey = errors.New("the store is encrypted with another key")
)

// greeting is what Badger's registry of keys begins with, behind the
// initialisation vector: encrypted where there is a key.
const greeting = "Hello Badger"

// checkSeal finds out whether key is that of the store in dir, before anything
// is opened that would be changed by it.
func checkSeal(dir string, key []byte) error {
	if dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(dir, "KEYREGISTRY"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a new store
	}
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	defer f.Close()
	head := make([]byte, aes.BlockSize+len(greeting))
	if _, err := io.ReadFull(f, head); err != nil {
		return fmt.Errorf("open store: %s: %w", f.Name(), err)
	}
	text := head[aes.BlockSize:]
	plain := string(text) == greeting
	switch {
	case plain && len(key) > 0:
		return fmt.Errorf("open store %s: %w", dir, ErrPlain)
	case plain:
		return nil
	case len(key) == 0:
		return fmt.Errorf("open store %s: %w", dir, ErrSealed)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	cipher.NewCTR(block, head[:aes.BlockSize]).XORKeyStream(text, text)
	if string(text) != greeting {
		return fmt.Errorf("open store %s: %w", dir, ErrWrongKey)
	}
	return nil
}
