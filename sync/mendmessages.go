package antientropy

import (
	"encoding/binary"
	"fmt"

	"github.com/crdtstore/crdtstore/crdt"
)

const (
	askKeys   = 256     // documents that one ask names
	toldBytes = 1 << 20 // of documents after which a told ends; one document always fits
	dotBytes  = 24      // of a dot: replica and counter
)

// ask asks how the peer holds documents that differ though both have seen the
// same of them, to make one of both. Tag is of what the sender knows.
type ask struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Tag        tag
	Documents  []askedDocument // in order of keys
}

// askedDocument is how the sender holds a document: its heads, dot by dot, and
// the SHA-256 of its canonical bytes, none if there is no content.
type askedDocument struct {
	_      struct{} `cbor:",toarray"`
	Key    string
	Heads  []byte
	Digest []byte
}

// told answers an ask with the documents of it that differ, though each side has
// seen the heads of the other, as many as fit; those that cannot be told are left
// out.
type told struct {
	_          struct{} `cbor:",toarray"`
	Collection string
	Tag        tag
	Documents  []toldDocument // in order of keys
}

type toldDocument struct {
	_     struct{} `cbor:",toarray"`
	Key   string
	Heads []byte
	Body  []byte // canonical bytes; none if there is no content
}

func (*ask) kind() kind  { return kindAsk }
func (*told) kind() kind { return kindTold }

func (m *ask) String() string {
	keys := make([]string, len(m.Documents))
	for i, d := range m.Documents {
		keys[i] = d.Key
	}
	return fmt.Sprintf("ask %s: how do you hold %q", m.Collection, keys)
}

func (m *told) String() string {
	s := "told " + m.Collection + ":"
	for _, d := range m.Documents {
		s += fmt.Sprintf(" %s of %d bytes", plain(d.Key), len(d.Body))
	}
	return s
}

func (m *ask) validate() error {
	if len(m.Documents) > askKeys {
		return ends(ReasonOversized, "%d documents asked for", len(m.Documents))
	}
	last := ""
	for _, d := range m.Documents {
		if err := checkNamed([]string{d.Key}); err != nil {
			return err
		}
		if d.Key <= last || len(d.Digest) != 0 && len(d.Digest) != 32 {
			return bad("ask about %q", cutText(d.Key, maxText))
		}
		if _, err := parseDots(d.Heads); err != nil {
			return err
		}
		last = d.Key
	}
	return nil
}

func appendDots(b []byte, dots []crdt.Dot) []byte {
	for _, d := range dots {
		b = binary.BigEndian.AppendUint64(append(b, d.Replica[:]...), d.Counter)
	}
	return b
}

// parseDots reads what appendDots wrote; they are in order.
func parseDots(b []byte) ([]crdt.Dot, error) {
	if len(b)%dotBytes != 0 {
		return nil, bad("heads of %d bytes", len(b))
	}
	dots := make([]crdt.Dot, len(b)/dotBytes)
	for i := range dots {
		d := &dots[i]
		at := b[i*dotBytes:]
		copy(d.Replica[:], at)
		d.Counter = binary.BigEndian.Uint64(at[len(d.Replica):])
		if d.Counter == 0 || i > 0 && dots[i-1].Compare(*d) >= 0 {
			return nil, bad("heads out of order")
		}
	}
	return dots, nil
}
