package node_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/crdt"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// neighbourly says something about neighbours.
func (s *lying) neighbourly(kind, n int, about, path []string, sample [][]string) {
	b, err := cbor.Marshal([]any{kind, n, 0, some(about), some(path), some(sample)})
	ok(s.t, err)
	s.raw(append([]byte{128}, b...))
}

// some is a list that is there, though it may be empty.
func some[E any](list []E) []E { return append([]E{}, list...) }

// lyingMessages are no messages, or not such as can come.
var lyingMessages = []trick{
	{name: "an unknown kind", reason: "unknown message", do: func(s *lying) { s.hello(); s.raw([]byte{99, 0x80}) }},
	{name: "an unknown kind that may be ignored", do: func(s *lying) { s.opens("c", crdt.Knowledge{}); s.raw([]byte{200, 0xff}) }},
	{name: "no message", reason: "truncated", do: func(s *lying) { s.hello(); s.raw([]byte{}) }},
	{name: "no CBOR", reason: "garbage", do: func(s *lying) { s.hello(); s.raw([]byte("\x05\xff\xff")) }},
	{name: "nested for ever", reason: "garbage", do: func(s *lying) { s.hello(); s.raw([]byte("\x05" + strings.Repeat("\x81", 100_000))) }},
	{name: "not about neighbours", reason: "malformed message", do: func(s *lying) { s.hello(); s.raw([]byte("\x80\xff\x00")) }},
	{name: "nothing about neighbours", reason: "malformed message", do: func(s *lying) { s.raw([]byte{128}) }},
	{name: "a sample of nine neighbours", reason: "malformed message", do: func(s *lying) {
		s.hello()
		s.neighbourly(6, 5, []string{"q"}, []string{s.name}, slices.Repeat([][]string{{"p"}}, 9))
	}},
	{name: "a walk without end", reason: "malformed message", do: func(s *lying) {
		s.hello()
		s.neighbourly(5, 200, []string{"q"}, nil, nil)
	}},
	{name: "neighbours who are not there, in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 5000 {
			who := fmt.Sprint("nobody", i)
			s.neighbourly(5, 6, []string{who, "/memory/" + who}, nil, nil)
			s.neighbourly(6, 0, []string{who}, []string{s.name}, [][]string{{who + "x"}, {who + "y"}})
		}
	}},
	{name: "requests in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 5000 {
			s.neighbourly(1, i%4, []string{s.name}, nil, nil)
		}
	}},
	{name: "all that it hears, said back", reason: "out of order", do: func(s *lying) {
		s.hello()
		for range 200 {
			s.mu.Lock()
			heard := s.heard
			s.heard = nil
			s.mu.Unlock()
			for _, m := range heard {
				s.exactly(m)
			}
			s.passes(10 * time.Millisecond)
		}
	}},
	{name: "a message without a number", reason: "truncated", do: func(s *lying) { s.hello(); s.exactly([]byte{11, 0}) }},
	{name: "a message too early", reason: "messages lost", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.misses(1)
		s.say(11, 1)
	}},
	{name: "a message again, with its number", reason: "messages lost", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(11, 1)
		s.misses(0xffff)
		s.say(11, 1)
	}},
	{name: "an unknown message too early", reason: "messages lost", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.misses(1)
		s.raw([]byte{200})
	}},
	{name: "what the peer knows, and never says what it is written from", reason: "messages lost", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.misses(1)
		s.frame("c", falsehood{vector: s.everybody()})
	}},
	{name: "an older protocol", reason: "wrong protocol version", do: func(s *lying) { s.say(1, 1, "old", make([]byte, 16), make([]byte, 16), []string{}) }},
	{name: "a newer protocol", reason: "wrong protocol version", do: func(s *lying) { s.say(1, antientropy.Version+1) }},
	{name: "a farewell to another protocol", reason: "wrong protocol version", do: func(s *lying) { s.hello(); s.say(13, "wrong protocol version", "") }},
	{name: "a farewell to another protocol before all else", reason: "wrong protocol version", do: func(s *lying) { s.say(13, "wrong protocol version", "") }},
	{name: "a second hello", reason: "out of order", do: func(s *lying) { s.hello(); s.hello() }},
	{name: "no hello", reason: "out of order", do: func(s *lying) { s.open("c", crdt.Knowledge{}) }},
	{name: "a long name", reason: "oversized", do: func(s *lying) {
		s.say(1, antientropy.Version, strings.Repeat("x", 1<<20), make([]byte, 16), make([]byte, 16), []string{}, make([]byte, 16))
	}},
	{name: "pauses in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 5000 {
			s.say(10, "c", true)
		}
	}, reason: "garbage"},
	{name: "pauses and pings in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 5000 {
			s.say(10, i%2 == 0)
			s.say(11, i)
		}
		s.say(10, false)
	}},
	{name: "a farewell that draws on the screen", reason: "\ufffd[2Jgone", kept: true, do: func(s *lying) {
		s.hello()
		s.say(13, "\x1b[2Jgone", "\x1b[31m")
	}, after: func(s *lying) {
		if st := status(s.t, s.a, s.name); strings.Contains(st.Why+st.Detail, "\x1b") {
			s.t.Errorf("%q, %q", st.Why, st.Detail)
		}
	}},
}
