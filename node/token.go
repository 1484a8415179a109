package node

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// Token is a place in the stream of changes: what its holder has seen of the
// collections it watches. It is made of knowledge, not of a position in
// somebody's log, so any peer can resume it. The zero Token has seen nothing.
type Token struct {
	known map[string]crdt.Knowledge // never changed once the Token is out
}

const (
	tokenFormat = 1
	// maxToken bounds the text that ParseToken reads, in bytes.
	maxToken = 4 << 20
)

// ParseToken reads what Token.String printed; ErrToken otherwise. "" is the
// zero Token.
func ParseToken(s string) (Token, error) {
	if s == "" {
		return Token{}, nil
	}
	if len(s) > maxToken {
		return Token{}, fmt.Errorf("%w: %d bytes", ErrToken, len(s))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return Token{}, fmt.Errorf("%w: %v", ErrToken, err)
	}
	if len(b) == 0 || b[0] != tokenFormat {
		return Token{}, fmt.Errorf("%w: not of format %d", ErrToken, tokenFormat)
	}
	known, last := map[string]crdt.Knowledge{}, ""
	for b = b[1:]; len(b) > 0; {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return Token{}, fmt.Errorf("%w: cut off", ErrToken)
		}
		name := string(b[w : w+int(n)])
		if err := crdt.CheckCollection(name); err != nil {
			return Token{}, fmt.Errorf("%w: %w", ErrToken, err)
		}
		if name <= last {
			return Token{}, fmt.Errorf("%w: %q out of order", ErrToken, name)
		}
		k, rest, err := crdt.CutKnowledge(b[w+int(n):])
		if err != nil {
			return Token{}, fmt.Errorf("%w: %s: %w", ErrToken, name, err)
		}
		known[name], last, b = k, name, rest
	}
	t := Token{known}
	if t.String() != s { // line ends, a padded length, an empty list
		return Token{}, fmt.Errorf("%w: not as it was printed", ErrToken)
	}
	return t, nil
}

// String is the token as base64url text, "" for the zero Token.
func (t Token) String() string {
	if len(t.known) == 0 {
		return ""
	}
	b := []byte{tokenFormat}
	for _, name := range slices.Sorted(maps.Keys(t.known)) {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
		b = t.known[name].AppendBinary(b)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// with is the token that knows k of one collection, and else the same.
func (t Token) with(collection string, k crdt.Knowledge) Token {
	known := maps.Clone(t.known)
	if known == nil {
		known = map[string]crdt.Knowledge{}
	}
	known[collection] = k
	return Token{known}
}
