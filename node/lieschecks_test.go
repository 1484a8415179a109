package node_test

import (
	"bytes"

	"github.com/crdtstore/crdtstore/crdt"
)

// lyingChecks are lies in checks and comparisons.
var lyingChecks = []trick{
	{name: "a check of a million replicas that are not there", reason: "garbage", leads: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(24, "c", "", "", endless(nil), []byte{}, []byte{})
	}},
	{name: "a check of too many documents", reason: "oversized", leads: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(24, "c", "", "", []byte{0, 0, 0, 0}, make([]byte, 12*1025), []byte{})
	}},
	{name: "checks in a storm", leads: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 1000 {
			s.say(24, "c", "", "", vectorBytes(vectorBytes(nil, s.everybody()), crdt.VersionVector{}), make([]byte, 12*16), []byte{})
		}
	}},
	{name: "differences in a check that nobody made", reason: "out of order", do: func(s *lying) {
		s.agree()
		s.say(26, "c", []string{"a"})
	}},
	{name: "an answer to a check that nobody made", reason: "out of order", leads: true, do: func(s *lying) {
		s.agree()
		s.say(25, "c", []any{}, []byte{})
	}},
	{name: "cells that tell nothing", reason: "no progress", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		cells := func(n int) (b []byte) {
			for i := range n {
				b = append(append(b, 3), bytes.Repeat([]byte{byte(i), 5, 9}, 4)...)
			}
			return b
		}
		s.say(28, "c", 1, "", "", 0, cells(16))
		for have := 16; ; {
			m := s.hear(29)
			if m == nil {
				return
			}
			s.say(28, "c", 1, "", "", have, cells(number(m[3])-have))
			have = number(m[3])
		}
	}},
	{name: "comparisons in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 2000 {
			s.say(28, "c", i+1, "", "", 0, append([]byte{3}, make([]byte, 12)...))
		}
	}},
	{name: "more of a comparison that nobody began", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(29, "c", 1, "", 100)
	}},
}
