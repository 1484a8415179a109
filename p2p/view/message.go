package view

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Bounds of messages. One that breaks them is malformed.
const (
	MaxMessage = 64 << 10 // bytes
	maxSample  = 8        // entries
	maxAddrs   = 8        // of an entry
	maxAddr    = 256      // bytes of an address
	maxID      = 128      // bytes of a peer id
	maxHops    = 8        // of a walk or a shuffle
)

// errMalformed is the cause of a Cut.
var errMalformed = errors.New("malformed message about neighbours")

// kind says what a message is about. Those of a later version are ignored.
type kind uint8

const (
	kindNeighbour kind = iota + 1 // N is a priority: let us be neighbours; or a visit, for Seconds
	kindAccepted                  // N is 1 for a visit: so be it
	kindFull                      // no room; Sample names others
	kindLeaving                   // no longer neighbours; Sample names others
	kindWalk                      // About came to the mesh; N hops to go
	kindShuffle                   // Path is whom it passed, the first one sent it; N hops to go
	kindAnswer                    // to a shuffle, back along its Path
)

// Priorities of a request.
const (
	low    uint8 = iota // there are other neighbours
	high                // without this one there may be none
	visit               // not as neighbours
	insist              // of a visit that has too much to exchange for one
)

// message is CBOR: [kind, n, seconds, about, path, sample], where about and the
// elements of sample are [peer, address…]. What a kind does not use is empty.
type message struct {
	_       struct{} `cbor:",toarray"`
	Kind    kind
	N       uint8
	Seconds uint16
	About   []string
	Path    []string
	Sample  [][]string
}

var decoding = func() cbor.DecMode {
	m, err := cbor.DecOptions{
		MaxArrayElements: 16, MaxNestedLevels: 4, // the least that the library takes is 16
		IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden, UTF8: cbor.UTF8RejectInvalid,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}()

func (m message) encode() []byte {
	b, err := cbor.Marshal(m)
	if err != nil {
		panic(err) // strings and numbers always encode
	}
	return b
}

// decode reads a message within the bounds.
func decode(b []byte) (message, error) {
	var m message
	if len(b) > MaxMessage {
		return m, fmt.Errorf("%w: %d bytes", errMalformed, len(b))
	}
	if err := decoding.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("%w: %w", errMalformed, err)
	}
	switch {
	case m.Kind == 0:
		return m, fmt.Errorf("%w: no kind", errMalformed)
	case len(m.Path) > maxHops || m.N > maxHops:
		return m, fmt.Errorf("%w: more than %d hops", errMalformed, maxHops)
	case len(m.Sample) > maxSample:
		return m, fmt.Errorf("%w: a sample of %d", errMalformed, len(m.Sample))
	}
	for _, id := range m.Path {
		if id == "" || len(id) > maxID {
			return m, fmt.Errorf("%w: a peer id of %d bytes", errMalformed, len(id))
		}
	}
	for _, e := range append(m.Sample, m.About) {
		if err := checkEntry(e); err != nil {
			return m, err
		}
	}
	return m, nil
}

func checkEntry(e []string) error {
	if len(e) == 0 {
		return nil
	}
	if e[0] == "" || len(e[0]) > maxID {
		return fmt.Errorf("%w: a peer id of %d bytes", errMalformed, len(e[0]))
	}
	if len(e) > 1+maxAddrs {
		return fmt.Errorf("%w: %d addresses", errMalformed, len(e)-1)
	}
	for _, a := range e[1:] {
		if len(a) > maxAddr {
			return fmt.Errorf("%w: an address of %d bytes", errMalformed, len(a))
		}
	}
	return nil
}

// pack is an Entry as it travels: addresses beyond the bounds are left out.
func pack(e Entry) []string {
	out := []string{e.Peer}
	for _, a := range e.Addrs {
		if len(a) <= maxAddr && len(out) <= maxAddrs {
			out = append(out, a)
		}
	}
	return out
}

func unpack(e []string) Entry {
	if len(e) == 0 {
		return Entry{}
	}
	return Entry{Peer: e[0], Addrs: e[1:]}
}

// Request is the message of a peer that asks to be neighbours and has others:
// what a peer means that uses a new connection without having asked.
func Request() []byte { return message{Kind: kindNeighbour}.encode() }
