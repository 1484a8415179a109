package node_test

import (
	"slices"

	"github.com/fxamacker/cbor/v2"

	"github.com/crdtstore/crdtstore/crdt"
)

// said is a message of one kind as a peer could say it, of a collection, and why
// the session ends when it comes again; "" where it does not.
type said struct {
	kind   byte
	name   string
	fields func(c string) []any
	again  string // twice
}

var everyKind = []said{
	{2, "open", func(c string) []any { return []any{c, make([]byte, 16), []byte{}, []any{}} }, "out of order"},
	{3, "know", func(c string) []any {
		h := crdt.Knowledge{}.Hash()
		return []any{c, 0, 0, false, h[:8], crdt.Knowledge{}.AppendDifference(nil, crdt.Knowledge{}, spell)}
	}, "out of order"},
	{4, "frame", func(c string) []any { return []any{c, 1, "", "", 0, 0, make([]byte, 9)} }, "out of order"},
	{5, "ack", func(c string) []any { return []any{c, 1, true} }, "out of order"},
	{6, "root", func(c string) []any { return []any{c, make([]byte, 8), make([]byte, 32)} }, ""},
	{7, "walk", func(c string) []any { return []any{c, make([]byte, 8), 0, []uint32{}, false, []string{}} }, "out of order"},
	{8, "nodes", func(c string) []any { return []any{c, 0, false, 3, make([]byte, 8), []string{}} }, "out of order"},
	{9, "count", func(c string) []any { return []any{c, 5} }, ""},
	{10, "pause", func(string) []any { return []any{true} }, ""},
	{11, "ping", func(string) []any { return []any{1} }, ""},
	{12, "pong", func(string) []any { return []any{1} }, ""},
	{14, "decline", func(c string) []any { return []any{c, false} }, "unknown collection"},
	{15, "want", func(c string) []any { return []any{c, 9, []string{"a"}} }, "out of order"},
	{16, "refuse", func(c string) []any { return []any{c, 9, [][]string{{"a", "no"}}} }, "out of order"},
	{17, "sketch of knowledge", func(c string) []any { return []any{c, make([]byte, 13*8)} }, "out of order"},
	{20, "prune", func(c string) []any { return []any{c, 9} }, "out of order"},
	{21, "have", func(c string) []any { return []any{c, "", "", haveBody(crdt.VersionVector{})} }, ""},
	{22, "graft", func(c string) []any { return []any{c} }, ""},
	{23, "share", func(c string) []any { return []any{c, 0, 4} }, ""},
	{24, "check", func(c string) []any { return []any{c, "", "", []byte{0, 0, 0, 0}, []byte{}, []byte{}} }, "out of order"},
	{25, "checked", func(c string) []any { return []any{c, []any{}, []byte{}} }, "out of order"},
	{26, "found", func(c string) []any { return []any{c, []string{"a"}} }, "out of order"},
	{28, "sketch", func(c string) []any { return []any{c, 1, "", "", 0, []byte{}} }, "garbage"},
	{29, "more", func(c string) []any { return []any{c, 1, "", 100} }, "out of order"},
	{30, "differ", func(c string) []any { return []any{c, 1, "", []string{}} }, "out of order"},
}

// lyingKinds is each kind of message where it cannot come: before the hello, of a
// collection that is not open, twice, without fields, cut off, and too large.
func lyingKinds() (all []trick) {
	add := func(m said, how, reason string, do func(*lying)) {
		all = append(all, trick{name: m.name + ", " + how, reason: reason, do: do})
	}
	for _, m := range everyKind {
		add(m, "before the hello", "out of order", func(s *lying) { s.say(m.kind, m.fields("c")...) })
		unopened := "unknown collection"
		if m.kind == 2 || m.kind >= 10 && m.kind <= 12 { // it opens it, or is of none
			unopened = ""
		}
		add(m, "of what is not open", unopened, func(s *lying) {
			s.opens("c", crdt.Knowledge{})
			s.say(m.kind, m.fields("d")...)
		})
		add(m, "again and again", m.again, func(s *lying) {
			s.opens("c", crdt.Knowledge{})
			for range 50 {
				s.say(m.kind, m.fields("c")...)
			}
		})
		add(m, "without fields", "garbage", func(s *lying) { s.hello(); s.raw([]byte{m.kind, 0x80}) })
		add(m, "cut off", "truncated", func(s *lying) {
			b, err := cbor.Marshal(m.fields("c"))
			ok(s.t, err)
			s.hello()
			s.raw(slices.Concat([]byte{m.kind}, b[:len(b)-1]))
		})
		add(m, "too large", "oversized", func(s *lying) { s.hello(); s.raw(append([]byte{m.kind}, make([]byte, 4<<20)...)) })
	}
	return all
}
