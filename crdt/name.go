package crdt

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of names, the same in every profile, because a peer must be able to
// hold what another wrote.
const (
	MaxKey        = 1024 // bytes of a key
	MaxCollection = 64   // bytes of a collection name
)

var (
	// ErrKey is returned when a key is empty, longer than MaxKey bytes, not
	// UTF-8, holds a NUL, or has an empty, "." or ".." segment.
	ErrKey = errors.New("invalid key")
	// ErrCollection is returned when a collection name is not 1 to
	// MaxCollection of a-z 0-9 . _ -, or is "." or "..".
	ErrCollection = errors.New("invalid collection name")
	// ErrAddress is returned when an address is not COLLECTION/KEY.
	ErrAddress = errors.New("address is not COLLECTION/KEY")
)

// CheckKey returns nil when key may name a document, else an ErrKey that says
// why not.
func CheckKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: it is empty", ErrKey)
	case len(key) > MaxKey:
		return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrKey, len(key), MaxKey)
	case !utf8.ValidString(key):
		return fmt.Errorf("%w: %q is not UTF-8", ErrKey, key)
	case strings.IndexByte(key, 0) >= 0:
		return fmt.Errorf("%w: %q holds a NUL", ErrKey, key)
	}
	for segment := range strings.SplitSeq(key, "/") {
		switch segment {
		case "":
			return fmt.Errorf("%w: %q has an empty segment", ErrKey, key)
		case ".", "..":
			return fmt.Errorf("%w: %q has the segment %q", ErrKey, key, segment)
		}
	}
	return nil
}

// CheckCollection returns nil when name may name a collection, else an
// ErrCollection that says why not.
func CheckCollection(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrCollection)
	case len(name) > MaxCollection:
		return fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrCollection, len(name), MaxCollection)
	case name == "." || name == "..":
		return fmt.Errorf("%w: %q", ErrCollection, name)
	}
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '_', c == '-':
		default:
			return fmt.Errorf("%w: %q has a character other than a-z 0-9 . _ -", ErrCollection, name)
		}
	}
	return nil
}

// SplitAddress cuts COLLECTION/KEY at the first slash and checks both; the key
// may hold further slashes. Errors are ErrAddress, ErrCollection or ErrKey.
func SplitAddress(address string) (collection, key string, err error) {
	collection, key, ok := strings.Cut(address, "/")
	if !ok {
		return "", "", fmt.Errorf("%w: %q has no slash", ErrAddress, address)
	}
	if err := CheckCollection(collection); err != nil {
		return "", "", err
	}
	if err := CheckKey(key); err != nil {
		return "", "", err
	}
	return collection, key, nil
}
