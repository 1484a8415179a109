package antientropy

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
)

// Before a side learns what the other knows of a collection it tells how far it
// has counted there, and with which fingerprint. Who holds another signed head of
// it shows that one, and so before the first frame goes either way: it is the word
// of another continuation of the same past, or of the same one at another time,
// which only the replica itself can tell apart (Law F). Who does not know these
// messages ignores them.

const (
	kindCounted kind = optionalKind + 1 + iota
	kindShown
	kindTwins
	kindWall
)

// counted tells how far the sender has counted as the replica of its hello.
type counted struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Counter    uint64
	Chain      [8]byte // the beginning of the fingerprint
}

// shownHead answers counted with a signed head that the sender holds of the receiver.
type shownHead struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Head       []byte
}

// twins tells that two processes take turns under the PeerID of the receiver.
type twins struct {
	_ struct{} `cbor:",toarray"`
}

// wall tells, ahead of a pong with the same N, what the clock of the sender says.
type wall struct {
	_      struct{} `cbor:",toarray"`
	N      uint64
	Millis int64 // since 1970 UTC
}

func (*counted) kind() kind   { return kindCounted }
func (*shownHead) kind() kind { return kindShown }
func (*twins) kind() kind     { return kindTwins }
func (*wall) kind() kind      { return kindWall }

// Shown is output when the peer holds a signed head of this replica, with another
// counter or fingerprint than it has. Nothing of the collection has been sent, or
// merged, in this session.
type Shown struct {
	Collection string
	Head       crdt.SignedHead // not verified
}

// Twins is output when the peer has seen two processes take turns under the
// PeerID of this one.
type Twins struct{}

// Walled tells what the clock of the peer said between the Pinged and the Ponged
// with the same N.
type Walled struct {
	N      uint64
	Millis int64 // since 1970 UTC
}

func (Shown) output()  {}
func (Twins) output()  {}
func (Walled) output() {}

// Twin tells the peer that another process has taken turns with it under its
// PeerID.
type Twin struct{}

func (Twin) input() {}

// sayCounted tells how far this replica has counted, once.
func (s *Session) sayCounted(c *collection, v View) error {
	if c.counted || s.config.Self == (crdt.ReplicaID{}) {
		return nil
	}
	c.counted = true
	h, ok, err := v.SignedHead(s.config.Self)
	if err != nil {
		return failed("own head of "+c.name, err)
	}
	if !ok {
		return nil
	}
	return s.send(&counted{Collection: c.name, Counter: h.Counter, Chain: [8]byte(h.Chain[:8])})
}

// onCounted shows what is held of the peer, if that is another.
func (s *Session) onCounted(m *counted) error {
	if err := crdt.CheckCollection(m.Collection); err != nil {
		return ends(ReasonUnknownCollection, "%v", err)
	}
	if s.told[m.Collection] {
		return ends(ReasonOutOfOrder, "counted in %s told again", m.Collection)
	}
	if len(s.told) >= s.limits.Collections {
		return ends(ReasonTooMany, "%d collections", len(s.told)+1)
	}
	if s.told == nil {
		s.told = map[string]bool{}
	}
	s.told[m.Collection] = true
	if s.collections[m.Collection] == nil {
		return nil // nothing is held of it
	}
	v, err := s.view(m.Collection)
	if err != nil {
		return err
	}
	defer v.Close()
	h, ok, err := v.SignedHead(s.peer.Replica)
	if err != nil {
		return failed("head of the peer in "+m.Collection, err)
	}
	if !ok || h.Counter == m.Counter && bytes.Equal(h.Chain[:8], m.Chain[:]) {
		return nil
	}
	return s.send(&shownHead{Collection: m.Collection, Head: h.AppendBinary(nil)})
}

// onShown gives out a head that the peer holds of this replica.
func (s *Session) onShown(m *shownHead) error {
	h, err := crdt.ParseSignedHead(m.Head)
	if err != nil {
		return bad("%v", err)
	}
	if c := s.collections[m.Collection]; c == nil || !c.counted || h.Replica() != s.config.Self {
		return ends(ReasonOutOfOrder, "a head of %q that was not asked for", m.Collection)
	}
	s.emit(Shown{m.Collection, h})
	return nil
}

// onPing answers with the time, where there is a clock, and the pong.
func (s *Session) onPing(m *ping) error {
	if s.config.Wall != nil {
		if err := s.send(&wall{N: m.N, Millis: s.config.Wall().UnixMilli()}); err != nil {
			return err
		}
	}
	return s.send(&pong{N: m.N})
}
