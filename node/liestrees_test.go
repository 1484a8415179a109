package node_test

import (
	"bytes"
	"fmt"
	"strings"
)

// agree makes the node believe that the crook knows what it knows, and holds
// something else. It returns what names that knowledge.
func (s *lying) agree() (tag []byte) {
	s.hello()
	for {
		m := s.hear(2)
		if m == nil {
			s.t.Fatal("nothing is opened")
		}
		var name string
		ok(s.t, fromCBOR(m[0], &name))
		if name == "c" {
			s.say(2, "c", octets(m[1]), bytes.Repeat([]byte{7}, 32), []any{})
			return octets(m[1])[:8]
		}
	}
}

// shows answers a walk for as long as it lasts: from a level, so many hashes
// each time, one level lower.
func (s *lying) shows(level, by, hashes int) {
	for {
		m := s.hear(7)
		if m == nil {
			return
		}
		if string(m[4]) == "\xf5" { // the final question
			s.say(8, "c", number(m[2]), false, -1, []byte{}, []string{"a", "b"})
			return
		}
		size := 4
		if level < 0 {
			size = 6
		}
		s.say(8, "c", number(m[2]), false, level, bytes.Repeat([]byte{byte(level), 1, 2, 3}, hashes*size/4+1)[:hashes*size], []string{})
		level -= by
	}
}

// walks asks the node for its tree, down to the documents, as what it said last,
// and says that these keys differ.
func (s *lying) walks(tag []byte, keys []string) bool {
	s.say(7, "c", tag, 0, []uint32{}, false, []string{})
	for round := 1; ; round++ {
		m := s.hear(8)
		if m == nil || string(m[2]) == "\xf5" {
			return false
		}
		level := number(m[3])
		s.say(7, "c", tag, round, []uint32{0}, level < 0, keys)
		if level < 0 {
			return s.hear(8) != nil
		}
	}
}

// lyingTrees are trees that no documents have.
var lyingTrees = []trick{
	{name: "a tree that never ends", reason: "no progress", do: func(s *lying) { s.agree(); s.shows(64, 1, 4) }},
	{name: "a tree that stays on a level", reason: "garbage", do: func(s *lying) { s.agree(); s.shows(9, 0, 4) }},
	{name: "a tree that is too high", reason: "garbage", do: func(s *lying) { s.agree(); s.shows(1_000_000, 1, 4) }},
	{name: "a tree without nodes", reason: "garbage", do: func(s *lying) { s.agree(); s.shows(3, 1, 0) }},
	{name: "children that do not hash to their parent", do: func(s *lying) { s.agree(); s.shows(5, 1, 100) },
		after: func(s *lying) {
			if n := s.counted("diverged"); n == 0 || n > 10 {
				s.t.Errorf("%d incidents: %q", n, s.told)
			}
		}},
	{name: "a million children", do: func(s *lying) { s.agree(); s.shows(5, 1, 600_000) }},
	{name: "nodes that nobody asked for", reason: "out of order", leads: true, do: func(s *lying) {
		s.agree()
		s.say(8, "c", 0, false, 3, make([]byte, 8), []string{})
	}},
	{name: "a walk from who has to answer", reason: "out of order", do: func(s *lying) {
		s.agree()
		s.say(7, "c", make([]byte, 8), 0, []uint32{}, false, []string{})
	}},
	{name: "walks and alarms without end", leads: true, do: func(s *lying) {
		tag := s.agree()
		keys := make([]string, 1000)
		for i := range keys {
			keys[i] = fmt.Sprintf("k%04d", i)
		}
		for range 200 {
			if !s.walks(tag, keys) {
				break
			}
		}
	}, after: func(s *lying) {
		if n := s.counted("diverged"); n > 3000 {
			s.t.Errorf("%d incidents", n)
		}
	}},
	{name: "a walk that names endless keys", reason: "oversized", leads: true, do: func(s *lying) {
		s.walks(s.agree(), []string{strings.Repeat("k", 3<<20)})
	}},
}
