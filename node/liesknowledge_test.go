package node_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// haveBody is the vector of a have.
func haveBody(v crdt.VersionVector) []byte { return vectorBytes(nil, v) }

// endless is a number of entries with almost no bytes for them.
func endless(b []byte) []byte { return append(binary.AppendUvarint(append(b, 0), 1_000_000), 0, 0) }

// lyingKnowledge is knowledge that nobody can have, or keep.
var lyingKnowledge = []trick{
	{name: "knowledge that counts further than the node itself", may: "new incarnation", do: func(s *lying) {
		further := func(c *crook) {
			c.opens("c", crdt.Know(crdt.Counters{s.a.Replica(): 1 << 63}.Vector()))
			s.passes(2 * time.Second)
		}
		further(s.crook)
		for _, name := range []string{"w", "x", "y"} { // now about what it writes as since
			c := intrude(s.t, s.world, s.a, name)
			further(c)
			ok(s.t, c.net.Close())
		}
	}, after: func(s *lying) {
		if n := s.counted("incarnation"); n > 1 {
			s.t.Errorf("%d incarnations on the word of a crook: %q", n, s.told)
		}
	}},
	{name: "knowledge of a million replicas that are not there", reason: "garbage", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, []any{})
		s.say(3, "c", 0, 0, false, make([]byte, 8), append([]byte{1, 8, 0}, binary.AppendUvarint(nil, 1_000_000)...))
	}},
	{name: "knowledge of a million replicas", large: true, reason: "too many", do: func(s *lying) {
		s.hello()
		for i := range 6 {
			s.open(fmt.Sprint("c", i), crdt.Know(many()))
		}
	}},
	{name: "knowledge of a million ranges", reason: "oversized", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, []any{})
		s.say(3, "c", 0, 0, false, make([]byte, 8), binary.AppendUvarint(nil, 1_000_000))
	}},
	{name: "knowledge with an endless key", reason: "oversized", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{}.Raise(strings.Repeat("k", 3<<20), "", crdt.VersionVector{}, s.own(1)))
	}},
	{name: "a sketch of a million cells", reason: "oversized", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, []any{})
		s.say(17, "c", make([]byte, 13*300_000))
	}},
	{name: "a sketch whose cells count too much", reason: "garbage", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, []any{})
		s.say(17, "c", append(binary.AppendUvarint(nil, 1<<62), make([]byte, 12)...))
	}},
	{name: "a frame of a million replicas that are not there", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.numbered("c", 1, endless(nil), falsehood{})
	}},
	{name: "a frame of as many replicas as fit", large: true, reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: many()}
	})},
	{name: "a frame that forgets a million replicas", large: true, reason: "malformed frame", do: signed(func(s *lying) falsehood {
		return falsehood{forgotten: many()}
	})},
	{name: "knowledge again", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.know("c", crdt.Knowledge{})
	}},
}
