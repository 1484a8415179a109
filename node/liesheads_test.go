package node_test

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// signed makes the crook open the collection and send one frame.
func signed(f func(*lying) falsehood) func(*lying) {
	return func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.frame("c", f(s))
	}
}

// lyingHeads are lies about who has written how much (Law J).
var lyingHeads = []trick{
	{name: "changes of another that were never made", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: crdt.Counters{s.b.Replica(): 1000}.Vector()}
	})},
	{name: "changes of the node itself that it never made", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: crdt.Counters{s.a.Replica(): 1 << 63}.Vector()}
	})},
	{name: "own changes without a signature", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(1)}
	})},
	{name: "a signature of another key", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		h := s.head("c", 5)
		key, _ := other()
		h.Signature = crdt.SignHead(key, "c", h).Signature
		return falsehood{vector: s.own(5), heads: []crdt.SignedHead{h}}
	})},
	{name: "a device of another replica", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: crdt.Counters{s.b.Replica(): 5}.Vector(), heads: []crdt.SignedHead{s.head("c", 5)}, replica: s.b.Replica()}
	})},
	{name: "a signature for another collection", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(5), heads: []crdt.SignedHead{s.head("d", 5)}}
	})},
	{name: "a signature that was for less", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(5), heads: []crdt.SignedHead{s.head("c", 4)}}
	})},
	{name: "a signature with another counter", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		h := s.head("c", 4)
		h.Counter = 5
		return falsehood{vector: s.own(5), heads: []crdt.SignedHead{h}}
	})},
	{name: "forged heads ahead", reason: "unsigned head", do: signed(func(s *lying) falsehood {
		h := s.head("c", 4)
		h.Counter = 5
		return falsehood{heads: []crdt.SignedHead{h}}
	})},
	{name: "two heads of one replica", reason: "malformed frame", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(4), heads: []crdt.SignedHead{s.head("c", 4), s.head("c", 5)}}
	})},
	{name: "more heads than a frame may bring", reason: "oversized", do: signed(func(s *lying) falsehood {
		return falsehood{heads: slices.Repeat([]crdt.SignedHead{s.head("c", 1)}, 1025)}
	})},
	{name: "a counter as far ahead as there is", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(1 << 63), heads: []crdt.SignedHead{s.head("c", 1<<64-1)}}
	})},
}
