package node

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// SessionToken is what one client has seen and written, as dots: who has them
// has all that the client knows. It is a value that any peer of the mesh
// takes; its text is at most MaxSessionToken bytes, however many replicas
// there are. The zero SessionToken has seen nothing.
type SessionToken struct {
	floors map[collectionID]crdt.VersionVector // never changed once the token is out
	// home, if set, is the one replica that can go on with the session, because
	// there is no room for what it has touched. There are no floors then.
	home crdt.ReplicaID
}

// MaxSessionToken is the most bytes of the text of a SessionToken.
const MaxSessionToken = 1024

const (
	sessionFormat = 2 // tokens of changes are of format 1
	sessionSum    = 4 // bytes of SHA-256 at the end
)

// maxSessionBytes is what the text has room for.
var maxSessionBytes = base64.RawURLEncoding.DecodedLen(MaxSessionToken)

// collectionID names a collection in few bytes: the first of the SHA-256 of its
// name. Two names that share one could only ask for more than is needed.
type collectionID [8]byte

func idOf(collection string) collectionID {
	sum := sha256.Sum256([]byte(collection))
	return collectionID(sum[:])
}

// errSessionBytes is the reason for an ErrSessionToken that has no other name.
var errSessionBytes = errors.New("not as it was printed")

// ParseSessionToken reads what SessionToken.String printed; ErrSessionToken
// otherwise, also where one letter is another. It reads at most MaxSessionToken
// bytes.
func ParseSessionToken(s string) (SessionToken, error) {
	if len(s) > MaxSessionToken {
		return SessionToken{}, fmt.Errorf("%w: %d bytes", ErrSessionToken, len(s))
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil {
		return SessionToken{}, fmt.Errorf("%w: %w", ErrSessionToken, err)
	}
	if len(b) == 0 || b[0] != sessionFormat {
		return SessionToken{}, fmt.Errorf("%w: not of format %d", ErrSessionToken, sessionFormat)
	}
	body, sum := b[:max(1, len(b)-sessionSum)], sha256.Sum256(b[:max(1, len(b)-sessionSum)])
	if !bytes.Equal(b[len(body):], sum[:sessionSum]) {
		return SessionToken{}, fmt.Errorf("%w: damaged", ErrSessionToken)
	}
	t, err := decodeSession(body[1:])
	if err == nil && t.String() != s { // out of order, a number in too many bytes
		err = errSessionBytes
	}
	if err != nil {
		return SessionToken{}, fmt.Errorf("%w: %w", ErrSessionToken, err)
	}
	return t, nil
}

// decodeSession reads the content of a token: the home, or the replicas, then
// each collection with its dots.
func decodeSession(b []byte) (SessionToken, error) {
	t := SessionToken{}
	r := sessionReader{b: b}
	if homed := r.number(); homed == 1 {
		copy(t.home[:], r.take(len(t.home)))
	} else if homed != 0 {
		return t, errSessionBytes
	}
	replicas := make([]crdt.ReplicaID, 0, r.count(len(crdt.ReplicaID{})))
	for range cap(replicas) {
		replicas = append(replicas, crdt.ReplicaID(r.take(len(crdt.ReplicaID{}))))
	}
	n := r.count(len(collectionID{}))
	for range n {
		var id collectionID
		copy(id[:], r.take(len(id)))
		floor := crdt.VersionVector{}
		for range r.count(2) {
			at, counter := r.number(), r.number()
			if at >= uint64(len(replicas)) || counter == 0 {
				return t, errSessionBytes
			}
			floor.Set(replicas[at], counter)
		}
		t = t.with(id, floor)
	}
	if r.short || len(r.b) > 0 || n > 0 && t.home != (crdt.ReplicaID{}) {
		return t, errSessionBytes
	}
	return t, nil
}

// sessionReader takes a token apart; short is set when there is too little.
type sessionReader struct {
	b     []byte
	short bool
}

func (r *sessionReader) number() uint64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 {
		r.short, r.b = true, nil
		return 0
	}
	r.b = r.b[w:]
	return n
}

// count reads the number of things that take at least size bytes each.
func (r *sessionReader) count(size int) int {
	n := r.number()
	if n > uint64(len(r.b)/size) {
		r.short, r.b = true, nil
		return 0
	}
	return int(n)
}

// take reads n bytes; zeros where there are none.
func (r *sessionReader) take(n int) []byte {
	if len(r.b) < n {
		r.short, r.b = true, nil
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// bytes is the token without its format and sum.
func (t SessionToken) bytes() []byte {
	b := []byte{sessionFormat, 0}
	if t.home != (crdt.ReplicaID{}) {
		b[1] = 1
		b = append(b, t.home[:]...)
	}
	all := crdt.VersionVector{}
	for _, floor := range t.floors {
		all = all.Merge(floor)
	}
	replicas := all.Replicas()
	b = binary.AppendUvarint(b, uint64(len(replicas)))
	place := make(map[crdt.ReplicaID]uint64, len(replicas))
	for i, r := range replicas {
		place[r] = uint64(i)
		b = append(b, r[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(t.floors)))
	for _, id := range slices.SortedFunc(maps.Keys(t.floors), func(x, y collectionID) int { return bytes.Compare(x[:], y[:]) }) {
		floor := t.floors[id]
		b = append(b, id[:]...)
		b = binary.AppendUvarint(b, uint64(floor.Len()))
		for _, r := range floor.Replicas() {
			b = binary.AppendUvarint(b, place[r])
			b = binary.AppendUvarint(b, floor.Counter(r))
		}
	}
	return b
}

// String is the token as base64url text; that of the zero SessionToken is not
// empty either.
func (t SessionToken) String() string {
	b := t.bytes()
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(append(b, sum[:sessionSum]...))
}

// fits reports whether the text has no more than MaxSessionToken bytes, and so
// many are to spare in what it stands for.
func (t SessionToken) fits(spare int) bool {
	return len(t.bytes())+sessionSum+spare <= maxSessionBytes
}

// with is the token with another floor of one collection, and else the same.
func (t SessionToken) with(id collectionID, floor crdt.VersionVector) SessionToken {
	floors := maps.Clone(t.floors)
	if floors == nil {
		floors = map[collectionID]crdt.VersionVector{}
	}
	if floors[id] = floor; floor.Len() == 0 {
		delete(floors, id)
	}
	return SessionToken{floors: floors, home: t.home}
}
