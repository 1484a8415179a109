package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/crdtstore/crdtstore/crdt"
)

// Known is what a store knows of each collection: what an archive of it holds,
// with those that it builds on, and so what the next one may leave out. It is
// compared with what another store knows, too. A Known is not changed.
type Known map[string]crdt.Knowledge

const (
	knownPrefix = "known1:" // a text that is a Known begins with it
	maxKnown    = 64 << 20  // bytes of one that are read
	knownCheck  = 4         // bytes of its SHA-256 that go with it
)

// AppendBinary appends its one encoding: the number of collections, and each
// name with what is known.
func (k Known) AppendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(k)))
	for _, name := range slices.Sorted(maps.Keys(k)) {
		b = appendText(b, name)
		top := k[name].Max()
		b = top.AppendBinary(b)
		b = k[name].AppendDifference(b, crdt.Know(top), appendReplica)
	}
	return b
}

// parseKnown reads what AppendBinary has written.
func parseKnown(b []byte) (Known, error) {
	n, b, err := cutNumber(b)
	if err != nil || n > uint64(len(b)/4) {
		return nil, errShort
	}
	k := Known{}
	for range n {
		var name string
		if name, b, err = cutText(b, maxName); err != nil {
			return nil, err
		}
		if err := crdt.CheckCollection(name); err != nil {
			return nil, err
		}
		var top crdt.VersionVector
		if top, b, err = crdt.CutVector(b); err != nil {
			return nil, err
		}
		if k[name], b, err = cutKnowledge(b, top); err != nil {
			return nil, err
		}
	}
	if len(b) > 0 {
		return nil, fmt.Errorf("%d bytes after the end", len(b))
	}
	return k, nil
}

// String is a text of letters, digits, "-", "_" and ":", that ParseKnown reads:
// some 40 characters for each replica of each collection.
func (k Known) String() string {
	b := k.AppendBinary(nil)
	sum := sha256.Sum256(b)
	z := deflate.EncodeAll(b, nil)
	return knownPrefix + base64.RawURLEncoding.EncodeToString(append(z, sum[:knownCheck]...))
}

// ParseKnown reads the text of a Known; it fails with ErrKnown.
func ParseKnown(text string) (Known, error) {
	rest, ok := strings.CutPrefix(text, knownPrefix)
	if !ok {
		return nil, ErrKnown
	}
	z, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(z) < knownCheck {
		return nil, fmt.Errorf("%w: a character is missing or wrong", ErrKnown)
	}
	z, check := z[:len(z)-knownCheck], z[len(z)-knownCheck:]
	var h zstd.Header
	if err := h.Decode(z); err != nil || !h.HasFCS || h.FrameContentSize > min(maxKnown, maxRatio*uint64(len(z))+maxExtra) {
		return nil, fmt.Errorf("%w: a character is missing or wrong", ErrKnown)
	}
	b, err := inflate.DecodeAll(z, nil)
	if sum := sha256.Sum256(b); err != nil || !bytes.Equal(sum[:knownCheck], check) {
		return nil, fmt.Errorf("%w: a character is missing or wrong", ErrKnown)
	}
	k, err := parseKnown(b)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKnown, err)
	}
	return k, nil
}

// IsKnown reports whether a text looks like that of a Known.
func IsKnown(text string) bool { return strings.HasPrefix(text, knownPrefix) }
