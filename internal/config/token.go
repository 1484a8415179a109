package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// TokenFile is the name of the bearer token's file in the data directory.
const TokenFile = "api.token"

var (
	// ErrTokenFile is returned when the file of the bearer token can be read by
	// others, or holds no token.
	ErrTokenFile = errors.New("unusable token file")
	// ErrTokenMode is the ErrTokenFile of a file that others can read.
	ErrTokenMode = fmt.Errorf("%w: others can read it", ErrTokenFile)
)

// LoadToken returns the bearer token in dir, and makes one where there is
// none. The file is readable for its owner alone; one that is not is refused
// (ErrTokenMode). One that holds no token is renamed to api.token.damaged, and a new
// one is made: damaged says why.
func LoadToken(dir string) (token string, damaged, err error) {
	path := filepath.Join(dir, TokenFile)
	token, err = ReadToken(path)
	if errors.Is(err, ErrTokenFile) && !errors.Is(err, ErrTokenMode) {
		damaged = err
		if err := os.Rename(path, path+".damaged"); err != nil {
			return "", damaged, errors.Join(damaged, err)
		}
		err = fs.ErrNotExist
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return token, damaged, err
	}
	token, err = makeToken(dir, path)
	return token, damaged, err
}

// makeToken makes a token, unless somebody else just has.
func makeToken(dir, path string) (token string, err error) {
	var secret [32]byte
	rand.Read(secret[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	f, err := os.CreateTemp(dir, TokenFile+".*") // mode 0600
	if err != nil {
		return "", fmt.Errorf("make the bearer token: %w", err)
	}
	_, err = f.WriteString(token + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		// A link fails where the file exists: the one that was first stays.
		err = os.Link(f.Name(), path)
	}
	err = errors.Join(err, os.Remove(f.Name()))
	switch {
	case errors.Is(err, fs.ErrExist):
		return ReadToken(path)
	case err != nil:
		return "", fmt.Errorf("make the bearer token: %w", err)
	}
	return token, nil
}

// ReadToken reads the token in the file at path. Errors are fs.ErrNotExist,
// ErrTokenFile, or those of reading.
func ReadToken(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w: %s has mode %04o, want 0600", ErrTokenMode, path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", fmt.Errorf("%w: %s is not one line of ASCII", ErrTokenFile, path)
	}
	return token, nil
}
