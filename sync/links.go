package antientropy

import "github.com/crdtstore/crdtstore/crdt"

// The messages by which links become lazy and eager.

// prune answers a frame that brought what was there: from now on the sender of
// the prune is told what is known, in place of being sent it.
type prune struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Seq        uint64 // of the frame
}

// have says that its sender holds vector for the keys [From, To). Body is the
// vector, packed as those of frames are.
type have struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	From, To   string
	Body       []byte

	vector crdt.VersionVector
}

// graft asks to be sent everything again.
type graft struct {
	_          struct{} `cbor:",toarray"`
	Collection string
}

func (*prune) kind() kind { return kindPrune }
func (*have) kind() kind  { return kindHave }
func (*graft) kind() kind { return kindGraft }

// pack fills m.Body.
func (m *have) pack(n *names, last *vectors) {
	m.Body = n.appendVector(nil, m.vector, last.refs())
	last.base, last.vector = last.vector, m.vector
}

// unpack reads m.Body.
func (m *have) unpack(n *names, last *vectors) error {
	v, rest, err := n.cutVector(m.Body, last.refs())
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return bad("%d bytes after a vector", len(rest))
	}
	m.vector = v
	last.base, last.vector = last.vector, v
	return nil
}
