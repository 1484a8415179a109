package node_test

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// lyingFrames are frames that contradict themselves.
var lyingFrames = []trick{
	{name: "a base beyond its vector", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		return falsehood{base: s.own(2), vector: s.own(1), heads: []crdt.SignedHead{s.head("c", 2)}}
	})},
	{name: "a head beyond its vector", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		return falsehood{vector: s.own(1), heads: []crdt.SignedHead{s.head("c", 9)}, keys: []string{"x"}}
	})},
	{name: "a key out of its range", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		return falsehood{to: "k", vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: []string{"x"}}
	})},
	{name: "keys out of order", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		s.put(s.t, "y", "hello", nil)
		return falsehood{vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: []string{"y", "x"}}
	})},
	{name: "a document twice", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		return falsehood{vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: []string{"x", "x"}}
	})},
	{name: "a document without heads", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		d := s.docs["x"]
		d.heads = nil
		s.docs["x"] = d
		return falsehood{vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: []string{"x"}}
	})},
	{name: "a million documents that are not there", reason: "oversized", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.numbered("c", 1, binary.AppendUvarint(make([]byte, 8), 1_000_000), falsehood{})
	}},
	{name: "more documents than a frame may bring", reason: "oversized", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "", nil)
		keys := make([]string, 4001)
		for i := range keys {
			keys[i] = fmt.Sprintf("k%04d", i)
			s.docs[keys[i]] = s.docs["x"]
		}
		return falsehood{vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: keys}
	})},
	{name: "documents that are none", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		s.put(s.t, "x", "hello", nil)
		d := s.docs["x"]
		d.body = []byte("nonsense")
		keys := make([]string, 17)
		for i := range keys {
			keys[i] = fmt.Sprintf("k%02d", i)
			s.docs[keys[i]] = d
		}
		return falsehood{vector: s.own(s.counter), heads: []crdt.SignedHead{s.head("c", s.counter)}, keys: keys}
	})},
	{name: "an endless first key", reason: "oversized", do: signed(func(s *lying) falsehood {
		return falsehood{from: strings.Repeat("k", 3<<20)}
	})},
	{name: "an endless last key", reason: "oversized", do: signed(func(s *lying) falsehood {
		return falsehood{to: strings.Repeat("k", 3<<20)}
	})},
	{name: "forgotten beyond its vector", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.everybody(), forgotten: crdt.Counters{s.b.Replica(): 1 << 63}.Vector()}
	})},
	{name: "all that is known is forgotten", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.everybody(), forgotten: s.everybody()}
	})},
	{name: "forgotten, over a gap", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(5), heads: []crdt.SignedHead{s.head("c", 5)}, forgotten: s.own(5)}
	})},
	{name: "absent, and nothing forgotten", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.everybody(), absent: []string{"b"}}
	})},
	{name: "frames that count on no comparison", reason: "out of order", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.everybody(), forgotten: s.everybody(), comparison: 7}
	})},
	{name: "a frame of 4 MiB that is a bomb", reason: "oversized", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(4, "c", 1, "", "", 0, uint64(1)<<40, []byte("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00"))
	}},
}
