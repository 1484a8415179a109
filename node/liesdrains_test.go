package node_test

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
)

// lyingDrains are drains, and answers to those of the node, that lead nowhere.
var lyingDrains = []trick{
	{name: "a drain of nothing, for ever", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 2000 {
			s.frame("c", falsehood{})
			s.hear(5)
		}
	}},
	{name: "a drain of the same, for ever", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 1000 {
			s.frame("c", falsehood{vector: s.everybody()})
			s.hear(5)
		}
	}},
	{name: "more frames than were agreed on", reason: "window exceeded", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		release := s.disk.hold() // else frames may be dealt with as fast as they come
		for range 2000 {
			s.frame("c", falsehood{vector: s.everybody()})
		}
		bubble.Wait()
		release()
	}},
	{name: "a drain that never fits", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 1000 {
			s.frame("c", falsehood{base: s.own(5), vector: s.own(6), heads: []crdt.SignedHead{s.head("c", 6)}})
			s.hear(5)
		}
	}},
	{name: "an old frame again", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		f := falsehood{vector: s.own(5), heads: []crdt.SignedHead{s.head("c", 5)}}
		s.frame("c", f)
		s.frame("c", f)
		s.numbered("c", 1, s.body(f), f)
	}},
	{name: "a frame before its turn", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.numbered("c", 1<<63, s.body(falsehood{}), falsehood{})
	}},
	{name: "an acknowledgement again", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.hear(4)
		s.say(5, "c", 1, true)
		s.say(5, "c", 1, true)
	}},
	{name: "an acknowledgement of what was not sent", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(5, "c", uint64(1)<<63, true)
	}},
	{name: "nothing ever fits", reason: "no progress", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for {
			m := s.hear(4)
			if m == nil {
				return
			}
			s.say(5, "c", number(m[1]), false)
			s.know("c", crdt.Knowledge{})
		}
	}},
	{name: "a want of what was sent whole", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.hear(4)
		s.say(15, "c", 1, []string{"a"})
	}},
	{name: "refusals out of order", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.hear(4)
		s.say(16, "c", 1, [][]string{{"b", "no"}, {"a", "no"}})
	}},
	{name: "a count of less than nothing", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(9, "c", -5)
	}},
	{name: "no answer", reason: "stopped answering", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 300 {
			time.Sleep(time.Second)
			s.say(11, 1)
		}
	}},
}
