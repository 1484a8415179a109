package antientropy

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// FuzzWire reads any bytes as a message: it is one, it may be ignored, or the
// session ends for a reason with a name. What is packed in it is read too.
func FuzzWire(f *testing.F) {
	for _, c := range slices.Concat(conversations, linkConversations) {
		p := c.hold(&testing.T{})
		for _, s := range p.sides {
			for _, m := range s.heard {
				f.Add(m)
			}
		}
	}
	dot := appendDots(nil, []crdt.Dot{{Replica: crdt.ReplicaID{1}, Counter: 2}})
	out := wire{limits: Limits{}.withDefaults()}
	for _, m := range []message{
		&ask{Collection: "people", Documents: []askedDocument{{Key: "ann", Heads: dot, Digest: make([]byte, 32)}}},
		&told{Collection: "people", Documents: []toldDocument{{Key: "ann", Heads: dot, Body: []byte{1}}}},
	} {
		if b, err := out.encode(m); err == nil {
			f.Add(b)
		}
	}
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		limits := Limits{Message: 1 << 16}.withDefaults()
		alloc.Bounded(t, len(b), func() { _, _ = read(b, limits) })
		m, err := read(b, limits)
		if err != nil {
			if e := (&ending{}); !errors.As(err, &e) || !e.reason.Violation() && e.reason != ReasonWrongVersion {
				t.Fatalf("%v", err)
			}
			return
		}
		if m != nil && m.String() == "" {
			t.Fatalf("a %T that says nothing", m)
		}
	})
}

// read reads a message as a session does to whom it comes next, and that has
// learned nothing from those before.
func read(b []byte, l Limits) (message, error) {
	w := wire{limits: l}
	if len(b) > numberSize {
		w.next = numbering(binary.BigEndian.Uint16(b[1:]))
	}
	m, err := w.decode(b)
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *frame:
		err = m.unpack(&w.names, &vectors{}, l)
	case *know:
		err = m.unpack(&w.names, &vectors{}, l)
	case *check:
		err = m.unpack(&w.names, &vectors{})
	case *have:
		err = m.unpack(&w.names, &vectors{})
	case *checked:
		err = m.validate("", "")
	case *ask:
		err = m.validate()
	case *told:
		for _, d := range m.Documents {
			if _, err := parseDots(d.Heads); err != nil {
				return nil, err
			}
		}
	case *sketch:
		_, err = cutCells(m.Cells, l.Message)
	case *vectorSketch:
		_, err = cutCells(m.Cells, l.Message)
	}
	return m, err
}
