package node

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// EncryptionKeySize is the length of Options.EncryptionKey in bytes.
const EncryptionKeySize = 32

// ErrEncryption is returned by Open when Options.EncryptionKey is not the key of
// what is in Dir: another one, one too many, or none. Nothing was changed.
var ErrEncryption = errors.New("not the encryption key of this directory")

// sealedPrefix begins a file whose secret is encrypted; hexadecimal digits
// follow.
const sealedPrefix = "sealed:"

// seal is the content of a secret file: hexadecimal digits, encrypted if there
// is a key (AES-256-GCM, under a key derived for files of this name).
func seal(name string, secret, key []byte) ([]byte, error) {
	if len(key) == 0 {
		return hexLine(secret), nil
	}
	c, err := sealer(name, key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, c.NonceSize())
	rand.Read(nonce)
	return append([]byte(sealedPrefix), hexLine(c.Seal(nonce, nonce, secret, []byte(name)))...), nil
}

// unseal is the secret of so many bytes in a file.
func unseal(name, path string, text []byte, size int, key []byte) ([]byte, error) {
	line, sealed := strings.CutPrefix(strings.TrimSpace(string(text)), sealedPrefix)
	switch {
	case sealed && len(key) == 0:
		return nil, fmt.Errorf("%w: %s is encrypted, and no key was given", ErrEncryption, path)
	case !sealed && len(key) > 0:
		return nil, fmt.Errorf("%w: %s is not encrypted, but a key was given", ErrEncryption, path)
	}
	b, err := hex.DecodeString(line)
	if !sealed {
		if err != nil || len(b) != size {
			return nil, fmt.Errorf("%s: not %d hexadecimal digits: %w", path, 2*size, errMalformed)
		}
		return b, nil
	}
	c, e := sealer(name, key)
	if e != nil {
		return nil, e
	}
	if err != nil || len(b) < c.NonceSize() {
		return nil, fmt.Errorf("%s: not a sealed secret: %w", path, errMalformed)
	}
	b, err = c.Open(nil, b[:c.NonceSize()], b[c.NonceSize():], []byte(name))
	if err != nil || len(b) != size {
		return nil, fmt.Errorf("%w: %s was encrypted with another one, or is damaged", ErrEncryption, path)
	}
	return b, nil
}

func sealer(name string, key []byte) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "crdtstore "+name, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
