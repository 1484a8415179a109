package node_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// lying is the stage of one lie: two honest nodes, who hold what each wrote,
// and a crook.
type lying struct {
	*crook
	world  *world
	a, b   *node.Node
	disk   *slowDisk // of a
	noting sync.Mutex
	told   []string // incidents and incarnations at a
}

func (s *lying) note(format string, args ...any) {
	s.noting.Lock()
	defer s.noting.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

// counted is how many notes begin with a word.
func (s *lying) counted(word string) (n int) {
	s.noting.Lock()
	defer s.noting.Unlock()
	for _, x := range s.told {
		if strings.HasPrefix(x, word) {
			n++
		}
	}
	return n
}

// everybody is a vector that counts what a and b have signed so far.
func (s *lying) everybody() crdt.VersionVector {
	return crdt.Counters{s.a.Replica(): 2, s.b.Replica(): 1}.Vector()
}

// trick is one lie, why it ends the session ("" if it does not), and what else
// has to hold then.
type trick struct {
	name, reason string
	leads        bool   // the crook is the initiator
	kept         bool   // it is no violation: it may come again
	may          string // end the session, once
	large        bool   // not with -short
	do           func(*lying)
	after        func(*lying)
}

// strict opens a node that keeps out who misbehaves for as long as a real one.
func (s *lying) strict(w *world, name string, o node.Options) *node.Node {
	o.Name, o.Network = name, func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		return w.Start(network.Options{Self: name, Secret: c.Secret, Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: time.Second}})
	}
	n, err := node.Open(w.t.Context(), o)
	ok(w.t, err)
	return n
}

const (
	growth  = 48 << 20  // bytes of live heap that a crook may cost while it is there
	obtains = 512 << 20 // bytes that the process may take from the system on top of what it has
)

// TestLies: a member lies to a node. The session ends with a reason that names
// it, and the member is kept out for a while; or the lie does no harm. Others do
// not notice, what the node remembers is bounded, and nothing is left running.
func TestLies(t *testing.T) {
	for _, all := range [][]trick{lyingFrames, lyingVectors, lyingTrees, lyingMessages} {
		for _, x := range all {
			if x.large && testing.Short() {
				continue
			}
			t.Run(x.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { tell(t, x) }) })
		}
	}
}

func tell(t *testing.T, x trick) {
	w := newWorld(t)
	s := &lying{world: w, disk: newSlowDisk()}
	s.a = s.strict(w, "m", node.Options{Store: s.disk, Events: node.Events{
		Incident:    func(e node.IncidentEvent) { s.note("%s %s/%s %s", e.Kind, e.Collection, e.Key, e.Detail) },
		Incarnation: func(e node.IncarnationEvent) { s.note("incarnation %s", e.Reason) },
	}})
	s.b = w.open("n", node.Options{})
	w.join(s.a, s.b)
	put(t, s.a, "c/a", `{"n":1}`)
	put(t, s.a, "c/a2", `{"n":1}`)
	put(t, s.b, "c/b", `{"n":1}`)
	w.converge(s.a, s.b)
	before := memory()

	name := "z"
	if x.leads {
		name = "crook"
	}
	s.crook = intrude(t, w, s.a, name)
	x.do(s)
	if x.reason != "" {
		select {
		case <-s.over:
		case <-time.After(5 * time.Minute):
		}
	} else {
		time.Sleep(time.Second)
	}
	synctest.Wait()
	why, ups := s.fate()
	if !strings.HasPrefix(why, x.reason) || x.reason == "" && why != x.may && why != "" {
		t.Errorf("the session ended with %q, want %q", why, x.reason)
	}
	if now := memory(); now.HeapAlloc > before.HeapAlloc+growth || now.Sys > before.Sys+obtains {
		t.Errorf("%d MiB more are in use, %d more were obtained", (now.HeapAlloc-before.HeapAlloc)>>20, (now.Sys-before.Sys)>>20)
	}
	if x.reason != "" && !x.kept {
		time.Sleep(10 * time.Second) // its network tries every 100 ms
		if _, again := s.fate(); again != ups {
			t.Errorf("after %q it was let in again at once", why)
		}
		if st := status(t, s.a, name); st.State != node.Refused || !strings.HasPrefix(st.Why, x.reason) {
			t.Errorf("it is %s: %q", st.State, st.Why)
		}
	}
	put(t, s.a, "c/a", `{"n":2}`)
	put(t, s.b, "c/after", `{"n":2}`)
	if err := s.b.WaitConverged(t.Context(), node.WaitOptions{Peers: []string{s.a.PeerID()}}); err != nil {
		t.Error(err)
	}
	for _, n := range []*node.Node{s.a, s.b} {
		for _, key := range []string{"c/a2", "c/b"} {
			want(t, n, key, `{"n":1}`)
		}
		want(t, n, "c/a", `{"n":2}`)
		want(t, n, "c/after", `{"n":2}`)
	}
	roots(t, s.a, s.b)
	if x.after != nil {
		x.after(s)
	}
	ok(t, s.net.Close())
	w.close(s.b, s.a)
}

func memory() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}

// signed makes the crook open the collection and send one frame.
func signed(f func(*lying) falsehood) func(*lying) {
	return func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.frame("c", f(s))
	}
}

var lyingFrames = []trick{
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
	{name: "a counter as far ahead as there is", do: signed(func(s *lying) falsehood {
		return falsehood{vector: s.own(1 << 63), heads: []crdt.SignedHead{s.head("c", 1<<64-1)}}
	})},
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
		synctest.Wait()
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
	{name: "a frame of 4 MiB that is a bomb", reason: "oversized", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(4, "c", 1, "", "", 0, uint64(1)<<40, []byte("\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x7f\x00\x00"))
	}},
}

// haveBody is the vector of a have.
func haveBody(v crdt.VersionVector) []byte { return vectorBytes(nil, v) }

// endless is a number of entries with almost no bytes for them.
func endless(b []byte) []byte { return append(binary.AppendUvarint(append(b, 0), 1_000_000), 0, 0) }

var lyingVectors = []trick{
	{name: "knowledge that counts further than the node itself", may: "new incarnation", do: func(s *lying) {
		further := func(c *crook) {
			c.opens("c", crdt.Know(crdt.Counters{s.a.Replica(): 1 << 63}.Vector()))
			time.Sleep(2 * time.Second)
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

var lyingMessages = []trick{
	{name: "an unknown kind", reason: "unknown message", do: func(s *lying) { s.hello(); s.raw([]byte{99, 0x80}) }},
	{name: "an unknown kind that may be ignored", do: func(s *lying) { s.opens("c", crdt.Knowledge{}); s.raw([]byte{200, 0xff}) }},
	{name: "no message", reason: "truncated", do: func(s *lying) { s.hello(); s.raw([]byte{}) }},
	{name: "no CBOR", reason: "garbage", do: func(s *lying) { s.hello(); s.raw([]byte("\x05\xff\xff")) }},
	{name: "nested for ever", reason: "garbage", do: func(s *lying) { s.hello(); s.raw([]byte("\x05" + strings.Repeat("\x81", 100_000))) }},
	{name: "not about neighbours", reason: "malformed message", do: func(s *lying) { s.hello(); s.raw([]byte("\x80\xff\x00")) }},
	{name: "nothing about neighbours", reason: "malformed message", do: func(s *lying) { s.raw([]byte{128}) }},
	{name: "an older protocol", reason: "wrong protocol version", do: func(s *lying) { s.say(1, 1, "old", make([]byte, 16), make([]byte, 16), []string{}) }},
	{name: "a newer protocol", reason: "wrong protocol version", do: func(s *lying) { s.say(1, 3) }},
	{name: "a farewell to another protocol", reason: "wrong protocol version", do: func(s *lying) { s.hello(); s.say(13, "wrong protocol version", "") }},
	{name: "a farewell to another protocol before all else", reason: "wrong protocol version", do: func(s *lying) { s.say(13, "wrong protocol version", "") }},
	{name: "a second hello", reason: "out of order", do: func(s *lying) { s.hello(); s.hello() }},
	{name: "no hello", reason: "out of order", do: func(s *lying) { s.open("c", crdt.Knowledge{}) }},
	{name: "a long name", reason: "oversized", do: func(s *lying) {
		s.say(1, 2, strings.Repeat("x", 1<<20), make([]byte, 16), make([]byte, 16), []string{}, make([]byte, 16))
	}},
	{name: "knowledge again", reason: "out of order", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.know("c", crdt.Knowledge{})
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
	{name: "a count of less than nothing", reason: "garbage", do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		s.say(9, "c", -5)
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
	{name: "no answer", reason: "stopped answering", kept: true, do: func(s *lying) {
		s.opens("c", crdt.Knowledge{})
		for range 300 {
			time.Sleep(time.Second)
			s.say(11, 1)
		}
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
