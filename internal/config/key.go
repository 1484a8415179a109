package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
)

// keySize is the length of an encryption key in bytes.
const keySize = 32

// LoadKey reads the key that a data directory is encrypted with from path: 32
// bytes, or their 64 hexadecimal digits on one line. It is nil for "".
func LoadKey(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--encryption-key-file: %w", err)
	}
	if len(key) == keySize {
		return key, nil
	}
	key, err = hex.DecodeString(strings.TrimSpace(string(key)))
	if err != nil || len(key) != keySize {
		return nil, fmt.Errorf("--encryption-key-file: %w", errors.New(path+" holds neither 32 bytes nor 64 hexadecimal digits"))
	}
	return key, nil
}
