package node_test

import (
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// lyingScopes are collections and keys that nobody can want.
var lyingScopes = []trick{
	{name: "a scope of a million ranges", reason: "garbage", do: func(s *lying) {
		ranges := make([][]string, 200_000)
		for i := range ranges {
			ranges[i] = []string{fmt.Sprintf("%06d", 2*i), fmt.Sprintf("%06d", 2*i+1)}
		}
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, ranges)
	}},
	{name: "a scope of 65 ranges", reason: "oversized", do: func(s *lying) {
		ranges := make([][]string, 65)
		for i := range ranges {
			ranges[i] = []string{fmt.Sprintf("%06d", 2*i), fmt.Sprintf("%06d", 2*i+1)}
		}
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, ranges)
	}},
	{name: "a scope out of order", reason: "garbage", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, [][]string{{"m", "n"}, {"a", "b"}})
	}},
	{name: "a scope without keys", reason: "garbage", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, [][]string{{"m", "m"}})
	}},
	{name: "a scope with an endless key", reason: "oversized", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, [][]string{{strings.Repeat("k", 1<<20), ""}})
	}},
	{name: "a frame out of scope", reason: "malformed frame", do: func(s *lying) {
		s.hello()
		s.say(2, "c", make([]byte, 16), []byte{}, [][]string{{"m", "n"}})
		s.know("c", crdt.Knowledge{})
		s.frame("c", falsehood{vector: s.everybody()})
	}},
	{name: "too many collections", reason: "too many", do: func(s *lying) {
		s.hello()
		for i := range 4097 {
			s.say(2, fmt.Sprint("x", i), make([]byte, 16), []byte{}, []any{})
		}
	}},
	{name: "an invalid collection", reason: "unknown collection", do: func(s *lying) {
		s.hello()
		s.say(2, "../c", make([]byte, 16), []byte{}, []any{})
	}},
}
