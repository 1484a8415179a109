package node_test

import (
	"fmt"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// lyingAnnouncements are lies on a lazy link, and to one of several feeders.
var lyingAnnouncements = []trick{
	{name: "announcements of a million replicas that are not there", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(21, "c", "", "", endless(nil))
	}},
	{name: "announcements of a million replicas", large: true, reason: "too many", do: func(s *lying) {
		s.hello()
		for i := range 6 {
			name := fmt.Sprint("c", i)
			s.open(name, crdt.Knowledge{})
			s.say(21, name, "", "", haveBody(many()))
		}
	}},
	{name: "announcements of endless keys", reason: "oversized", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 20 {
			s.say(21, "c", strings.Repeat(string(rune('a'+i)), 3<<20), "", haveBody(s.own(uint64(i)+1)))
		}
	}},
	{name: "announcements without keys", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(21, "c", "z", "a", haveBody(s.own(1)))
	}},
	{name: "an announcement, again and again", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 2000 {
			s.say(21, "c", "", "", haveBody(s.own(7)))
		}
	}},
	{name: "grafts in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 5000 {
			s.say(22, "c")
		}
	}},
	{name: "prunes and grafts in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.hear(4)
		for range 5000 {
			s.say(20, "c", 1)
			s.say(22, "c")
		}
	}},
	{name: "a prune of what was not sent", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(20, "c", uint64(1)<<63)
	}},
	{name: "a share of no parts", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(23, "c", 0, 0)
	}},
	{name: "a share of more parts than there are numbers", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(23, "c", 0, uint64(1)<<63)
	}},
	{name: "a share of a million parts", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(23, "c", 0, 1_000_000)
	}},
	{name: "a share before the first", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(23, "c", -1, 4)
	}},
	{name: "shares in a storm", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for i := range 5000 {
			s.say(23, "c", i%64, 64)
		}
	}},
}
