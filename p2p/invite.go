package p2p

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

const (
	invitePrefix = "crdtstore1:"
	inviteSum    = 4 // bytes of checksum
	// MaxInvite is the longest invite text, in bytes.
	MaxInvite = 4096
	// maxInviteAddrs is how many addresses an invite carries at most.
	maxInviteAddrs = 32
)

// ErrInvite is returned by ParseInvite when the text is not an invite, or not
// the whole one.
var ErrInvite = errors.New("not an invite")

// Invite is what a peer needs to become a member: the mesh secret, and some
// addresses to begin with, each ending in "/p2p/" and a peer id. Whoever holds
// it is a member: handle its text like a password.
type Invite struct {
	Secret [SecretSize]byte
	Addrs  []string
}

// inviteBody is CBOR: [secret, [[peer, address, address…]…]]; peer ids are long
// and are written once.
type inviteBody struct {
	_      struct{} `cbor:",toarray"`
	Secret []byte
	Peers  [][]string
}

var inviteDecoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		MaxArrayElements: 2 * maxInviteAddrs, MaxNestedLevels: 4,
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

// String is the invite as one word: "crdtstore1:" and base64url of the body and
// the first 4 bytes of its SHA-256, at most MaxInvite bytes. Addresses without
// a peer id, and those that do not fit, are left out.
func (i Invite) String() string {
	for n := min(len(i.Addrs), maxInviteAddrs); ; n-- {
		if s := i.text(n); len(s) <= MaxInvite || n == 0 {
			return s
		}
	}
}

func (i Invite) text(addrs int) string {
	body := inviteBody{Secret: i.Secret[:], Peers: [][]string{}}
	index := map[string]int{}
	for _, a := range i.Addrs[:addrs] {
		at := strings.LastIndex(a, "/p2p/")
		if at < 0 {
			continue
		}
		peer := a[at+len("/p2p/"):]
		if _, ok := index[peer]; !ok {
			index[peer] = len(body.Peers)
			body.Peers = append(body.Peers, []string{peer})
		}
		body.Peers[index[peer]] = append(body.Peers[index[peer]], a[:at])
	}
	b, err := cbor.Marshal(body)
	if err != nil {
		panic(err) // strings and bytes always encode
	}
	sum := sha256.Sum256(b)
	return invitePrefix + base64.RawURLEncoding.EncodeToString(append(b, sum[:inviteSum]...))
}

// ParseInvite reads the text that String wrote; white space around it does not
// matter. The error is ErrInvite and says what is wrong with the text: a
// mistyped or cut one is told from one that is something else.
func ParseInvite(s string) (Invite, error) {
	s = strings.TrimSpace(s)
	rest, ok := strings.CutPrefix(s, invitePrefix)
	switch {
	case !ok:
		return Invite{}, fmt.Errorf("%w: it does not begin with %q", ErrInvite, invitePrefix)
	case len(s) > MaxInvite:
		return Invite{}, fmt.Errorf("%w: longer than %d bytes", ErrInvite, MaxInvite)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) <= inviteSum {
		return Invite{}, fmt.Errorf("%w: mistyped or incomplete", ErrInvite)
	}
	b, sum := b[:len(b)-inviteSum], b[len(b)-inviteSum:]
	if want := sha256.Sum256(b); !bytes.Equal(sum, want[:inviteSum]) {
		return Invite{}, fmt.Errorf("%w: mistyped or incomplete (the checksum does not match)", ErrInvite)
	}
	var body inviteBody
	if err := inviteDecoding.Unmarshal(b, &body); err != nil || len(body.Secret) != SecretSize {
		return Invite{}, fmt.Errorf("%w: written by another version", ErrInvite)
	}
	out := Invite{Secret: [SecretSize]byte(body.Secret)}
	for _, p := range body.Peers {
		for i := 1; i < len(p); i++ {
			out.Addrs = append(out.Addrs, p[i]+"/p2p/"+p[0])
		}
	}
	return out, nil
}
