package antientropy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// stranger speaks to a session message by message, without being one.
type stranger struct {
	*testing.T
	*fake
	me      *fake
	session *Session
	out     wire
	got     []Output
}

// meet lets a session of me meet a stranger that has said hello and shown
// that it knows nothing of people.
func meet(t *testing.T, limits Limits) *stranger {
	me := newFake("A")
	me.collection("people").put(10, "ann")
	s := &stranger{T: t, fake: newFake("X"), me: me, out: wire{limits: limits.withDefaults()}}
	s.session = NewSession(Config{Replica: me, Limits: limits, Initiator: true})
	s.take(Start{})
	s.say(&hello{Version: Version, Name: "X", Features: Features()})
	s.say(&open{Collection: "people", Hash: [16]byte{1}})
	s.say(&know{Collection: "people"})
	return s
}

func (s *stranger) take(in Input) { s.got = append(s.got, s.session.Step(in)...) }

func (s *stranger) say(m message) {
	b, err := s.out.encode(m)
	if err != nil {
		s.Fatal(err)
	}
	s.take(Received{b})
}

// message says m as it is.
func (s *stranger) message(m message) {
	b, err := toCBOR.Marshal(m)
	if err != nil {
		s.Fatal(err)
	}
	s.raw(append([]byte{byte(m.kind())}, b...)...)
}

// raw says a kind and what stands behind its number.
func (s *stranger) raw(b ...byte) {
	if len(b) > 0 {
		b = s.out.next.seal(kind(b[0]), b[1:])
	}
	s.take(Received{b})
}

// closed returns how the session ended.
func (s *stranger) closed() Close {
	s.Helper()
	if len(s.got) > 0 {
		if c, ok := s.got[len(s.got)-1].(Close); ok {
			if s.me.views != 0 {
				s.Errorf("%d views are open", s.me.views)
			}
			return c
		}
	}
	return Close{}
}

// note is a frame that brings one document of the stranger.
func (s *stranger) note(seq uint64) *frame {
	c := s.collection("people")
	c.put(10, "bob")
	return &frame{Collection: "people", Seq: seq, content: Frame{
		Vector:    crdt.Counters{s.id: c.counter}.Vector(),
		Documents: []Document{{Key: "bob", Heads: []crdt.Dot{{Replica: s.id, Counter: c.counter}}, Body: c.docs["bob"].body()}},
		Heads:     []crdt.SignedHead{c.sign()},
	}}
}

// refusal answers a frame by refusing one document of it.
func refusal(seq uint64, key, reason string) *refuse {
	return &refuse{Collection: "people", Seq: seq, Documents: []refusedKey{{Key: key, Reason: reason}}}
}

func TestViolations(t *testing.T) {
	other := crdt.ReplicaID{'o'}
	frameWith := func(change func(*stranger, *frame)) func(*stranger) {
		return func(s *stranger) {
			f := s.note(1)
			change(s, f)
			f.From, f.To = f.content.From, f.content.To
			s.say(f)
		}
	}
	packed := func(change func([]byte) []byte, size uint64) func(*stranger) {
		return func(s *stranger) {
			f := s.note(1)
			f.pack(&s.out.names, s.out.vectors("people"))
			f.Body, f.Size = change(f.Body), size
			b, err := toCBOR.Marshal(f)
			if err != nil {
				s.Fatal(err)
			}
			s.raw(append([]byte{byte(kindFrame)}, b...)...)
		}
	}
	bomb := deflate.EncodeAll(make([]byte, 64<<20), nil)
	for _, c := range []struct {
		name string
		do   func(*stranger)
		want Reason
	}{
		{"nothing", func(s *stranger) { s.raw() }, ReasonTruncated},
		{"half a message", func(s *stranger) { s.raw(byte(kindAck), 0x83, 0x66, 'p') }, ReasonTruncated},
		{"no CBOR", func(s *stranger) { s.raw(byte(kindAck), 0xff, 0xff) }, ReasonGarbage},
		{"other CBOR", func(s *stranger) { s.raw(byte(kindAck), 0x01) }, ReasonGarbage},
		{"bytes behind the end", func(s *stranger) { s.raw(byte(kindPing), 0x81, 0x01, 0x01) }, ReasonGarbage},
		{"a billion elements", func(s *stranger) { s.raw(byte(kindWalk), 0x9b, 0, 0, 0, 1, 0, 0, 0, 0) }, ReasonGarbage},
		{"too long", func(s *stranger) { s.raw(make([]byte, maxMessage+1)...) }, ReasonOversized},
		{"unknown kind", func(s *stranger) { s.raw(99, 0x80) }, ReasonUnknownMessage},
		{"unknown kind that is optional", func(s *stranger) { s.raw(200, 0xff) }, ""},
		{"hello twice", func(s *stranger) { s.say(&hello{Version: Version}) }, ReasonOutOfOrder},
		{"hello of another version", func(s *stranger) { s.raw(byte(kindHello), 0x81, 0x07) }, ReasonWrongVersion},
		{"a long name", func(s *stranger) { s.say(&hello{Version: Version, Name: strings.Repeat("x", 300)}) }, ReasonOversized},
		{"opened twice", func(s *stranger) { s.say(&open{Collection: "people"}) }, ReasonOutOfOrder},
		{"an invalid collection", func(s *stranger) { s.say(&open{Collection: "../people"}) }, ReasonUnknownCollection},
		{"frame of an unknown collection", func(s *stranger) { s.say(&frame{Collection: "x"}) }, ReasonUnknownCollection},
		{"knowledge of an unknown collection", func(s *stranger) { s.say(&know{Collection: "x"}) }, ReasonUnknownCollection},
		{"knowledge twice", func(s *stranger) { s.say(&know{Collection: "people"}) }, ReasonOutOfOrder},
		{"malformed knowledge", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.message(&know{Collection: "new", Body: []byte{9, 9}})
		}, ReasonGarbage},
		{"knowledge from a fourth reference", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.message(&know{Collection: "new", From: 3, Body: []byte{0}})
		}, ReasonGarbage},
		{"knowledge with another tag", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.message(&know{Collection: "new", Tag: tag{1}, Body: []byte{0}})
		}, ReasonGarbage},
		{"knowledge of a million entries in few bytes", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.message(&know{Collection: "new", Body: []byte{1, 8, 0, 0xc0, 0x84, 0x3d}})
		}, ReasonGarbage},
		{"a sketch of an unknown collection", func(s *stranger) { s.say(&vectorSketch{Collection: "x"}) }, ReasonUnknownCollection},
		{"a sketch once knowledge was shown", func(s *stranger) { s.say(&vectorSketch{Collection: "people"}) }, ReasonOutOfOrder},
		{"a sketch twice", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.say(&vectorSketch{Collection: "new"})
			s.say(&vectorSketch{Collection: "new"})
		}, ReasonOutOfOrder},
		{"a sketch of too many cells", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.say(&vectorSketch{Collection: "new", Cells: make([]byte, 10_000)})
		}, ReasonOversized},
		{"a malformed sketch", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.say(&vectorSketch{Collection: "new", Cells: []byte{1, 2, 3}})
		}, ReasonGarbage},
		{"too many signed heads", frameWith(func(s *stranger, f *frame) {
			h := s.collection("people").sign()
			for range maxHeads + 1 {
				f.content.Heads = append(f.content.Heads, h)
			}
		}), ReasonOversized},
		{"frame before knowledge", func(s *stranger) {
			s.say(&open{Collection: "new", Hash: [16]byte{1}})
			s.say(&frame{Collection: "new", Seq: 1})
		}, ReasonOutOfOrder},
		{"frame left out", frameWith(func(_ *stranger, f *frame) { f.Seq = 2 }), ReasonOutOfOrder},
		{"ack of nothing", func(s *stranger) { s.say(&ack{Collection: "people", Seq: 7}) }, ReasonOutOfOrder},
		{"want of nothing on its way", func(s *stranger) { s.say(&want{Collection: "people", Seq: 7, Keys: []string{"ann"}}) }, ReasonOutOfOrder},
		{"want of what came whole", func(s *stranger) { s.say(&want{Collection: "people", Seq: 1, Keys: []string{"ann"}}) }, ReasonOutOfOrder},
		{"want of no key", func(s *stranger) { s.say(&want{Collection: "people", Seq: 1}) }, ReasonGarbage},
		{"want of too many keys", func(s *stranger) { s.say(&want{Collection: "people", Seq: 1, Keys: make([]string, 1025)}) }, ReasonGarbage},
		{"refusal of nothing on its way", func(s *stranger) { s.say(refusal(7, "ann", "no")) }, ReasonOutOfOrder},
		{"refusal of no document", func(s *stranger) { s.say(&refuse{Collection: "people", Seq: 1}) }, ReasonGarbage},
		{"refusal of too many documents", func(s *stranger) {
			s.say(&refuse{Collection: "people", Seq: 1, Documents: make([]refusedKey, 1025)})
		}, ReasonGarbage},
		{"refusal of an invalid key", func(s *stranger) { s.say(refusal(1, "ann/..", "no")) }, ReasonGarbage},
		{"refusal of a key twice", func(s *stranger) {
			m := refusal(1, "ann", "no")
			m.Documents = append(m.Documents, m.Documents[0])
			s.say(m)
		}, ReasonGarbage},
		{"refusal for a long reason", func(s *stranger) { s.say(refusal(1, "ann", strings.Repeat("x", 257))) }, ReasonOversized},
		{"refusal of a key that was not sent", func(s *stranger) { s.say(refusal(1, "zoe", "no")) }, ""},
		{"refusal of a good document", func(s *stranger) { s.say(refusal(1, "ann", "no")) }, ""},
		{"refusal without the feature", func(s *stranger) { s.session.peer.Features = nil; s.say(refusal(1, "ann", "no")) }, ReasonOutOfOrder},
		{"want without the feature", func(s *stranger) {
			s.session.peer.Features = nil
			s.say(&want{Collection: "people", Seq: 1, Keys: []string{"ann"}})
		}, ReasonOutOfOrder},
		{"nodes that nobody asked for", func(s *stranger) { s.say(&nodes{Collection: "people"}) }, ReasonOutOfOrder},
		{"walk from the wrong side", func(s *stranger) { s.say(&walk{Collection: "people"}) }, ReasonOutOfOrder},
		{"negative count", func(s *stranger) { s.say(&count{Collection: "people", Ahead: -7}) }, ReasonGarbage},
		{"decline of what is open", func(s *stranger) { s.say(&decline{Collection: "people"}) }, ReasonUnknownCollection},
		{"a good frame", frameWith(func(*stranger, *frame) {}), ""},
		{"range upside down", frameWith(func(_ *stranger, f *frame) { f.content.From, f.content.To = "c", "b" }), ReasonBadFrame},
		{"document outside", frameWith(func(_ *stranger, f *frame) { f.content.From = "c" }), ReasonBadFrame},
		{"documents out of order", frameWith(func(_ *stranger, f *frame) {
			f.content.Documents = append(f.content.Documents, f.content.Documents[0])
		}), ReasonBadFrame},
		{"no heads", frameWith(func(_ *stranger, f *frame) { f.content.Documents[0].Heads = nil }), ReasonBadFrame},
		{"invalid key", frameWith(func(_ *stranger, f *frame) { f.content.Documents[0].Key = "bob/.." }), ReasonBadFrame},
		{"head beyond the vector", frameWith(func(s *stranger, f *frame) { f.content.Documents[0].Heads[0].Counter++ }), ReasonBadFrame},
		{"base beyond the vector", frameWith(func(_ *stranger, f *frame) { f.content.Base = crdt.Counters{other: 1}.Vector() }), ReasonBadFrame},
		{"another device's head", frameWith(func(s *stranger, f *frame) { f.content.Heads[0] = s.me.collection("people").sign() }), ReasonUnsignedHead},
		{"large document", frameWith(func(_ *stranger, f *frame) { f.content.Documents[0].Body = make([]byte, crdt.MaxMerged+1) }), ReasonOversized},
		{"too many documents", frameWith(func(_ *stranger, f *frame) { f.content.Documents = make([]Document, 4001) }), ReasonOversized},
		{"cut body", packed(func(b []byte) []byte { return b[:len(b)-3] }, 0), ReasonGarbage},
		{"bytes behind the body", packed(func(b []byte) []byte { return append(b, 0) }, 0), ReasonGarbage},
		{"not compressed", packed(func(b []byte) []byte { return b }, 100), ReasonGarbage},
		{"bomb that says so", packed(func([]byte) []byte { return bomb }, 64<<20), ReasonOversized},
		{"bomb that lies", packed(func([]byte) []byte { return bomb }, 1000), ReasonOversized},
		{"unsigned", frameWith(func(_ *stranger, f *frame) { f.content.Heads = nil }), ReasonUnsignedHead},
		{"goodbye", func(s *stranger) { s.say(&bye{Reason: "so long"}) }, "so long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := meet(t, Limits{})
			c.do(s)
			for _, out := range s.got {
				if m, ok := out.(Merge); ok {
					in := s.me.collection(m.Collection).merge(m.Frame)
					in.ID = m.ID
					s.take(in)
				}
			}
			if got := s.closed(); got.Reason != c.want {
				t.Errorf("closed with %q (%s), want %q", got.Reason, got.Detail, c.want)
			}
			if len(s.session.Step(Tick{time.Now()})) > 0 && c.want != "" {
				t.Error("a closed session still answers")
			}
		})
	}
}

func TestTooManyCollections(t *testing.T) {
	s := meet(t, Limits{Collections: 50})
	for i := range 60 {
		s.say(&open{Collection: fmt.Sprint("c", i), Hash: [16]byte{1}})
	}
	if got := s.closed(); got.Reason != ReasonTooMany {
		t.Errorf("closed with %q", got.Reason)
	}
}

func TestTooMuchKnowledge(t *testing.T) {
	s := meet(t, Limits{Entries: 100_000})
	for i := range 10 {
		v := crdt.VersionVector{}
		for r := range 20_000 {
			var id crdt.ReplicaID
			binary.BigEndian.PutUint64(id[:], uint64(r+1))
			v.Set(id, 1)
		}
		name := fmt.Sprint("c", i)
		s.say(&open{Collection: name, Hash: [16]byte{1}})
		s.say(&know{Collection: name, content: crdt.Know(v)})
	}
	if got := s.closed(); got.Reason != ReasonTooMany {
		t.Errorf("closed with %q", got.Reason)
	}
	var k crdt.Knowledge
	for i := range 200 {
		k = k.Raise(fmt.Sprintf("%03d", 2*i), fmt.Sprintf("%03d", 2*i+1), crdt.VersionVector{}, crdt.Counters{{'a'}: 1}.Vector())
	}
	s = meet(t, Limits{Ranges: 100})
	s.say(&open{Collection: "new", Hash: [16]byte{1}})
	s.say(&know{Collection: "new", content: k})
	if got := s.closed(); got.Reason != ReasonOversized {
		t.Errorf("closed with %q", got.Reason)
	}
}

func TestWindowExceeded(t *testing.T) {
	s := meet(t, Limits{Window: 10_000})
	for i := range 1000 {
		s.say(s.note(uint64(i + 1)))
	}
	if got := s.closed(); got.Reason != ReasonWindow {
		t.Errorf("closed with %q", got.Reason)
	}
}

func TestNothingFitsForever(t *testing.T) {
	s := meet(t, Limits{})
	for range 100 {
		for _, out := range s.got {
			if send, ok := out.(Send); ok && send.Message[0] == byte(kindFrame) {
				var f frame
				if err := fromCBOR.Unmarshal(send.Message[1+numberSize:], &f); err != nil {
					t.Fatal(err)
				}
				s.got = nil
				s.say(&ack{Collection: "people", Seq: f.Seq})
				if s.closed().Reason == "" {
					s.say(&know{Collection: "people", Seq: f.Seq})
				}
			}
		}
	}
	if got := s.closed(); got.Reason != ReasonNoProgress {
		t.Errorf("closed with %q", got.Reason)
	}
}

func TestSilence(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	s := meet(t, Limits{})
	s.take(Tick{now})
	s.take(Tick{now.Add(50 * time.Second)})
	if got := s.closed(); got.Reason != "" {
		t.Fatalf("closed with %q", got.Reason)
	}
	s.take(Tick{now.Add(61 * time.Second)})
	if got := s.closed(); got.Reason != ReasonStoppedAnswering {
		t.Errorf("closed with %q", got.Reason)
	}

	s = meet(t, Limits{}) // answers pings, but never acknowledges
	for i := range 70 {
		s.take(Tick{now.Add(time.Duration(i) * time.Second)})
		s.say(&pong{})
	}
	if got := s.closed(); got.Reason != ReasonStoppedAnswering || !strings.Contains(got.Detail, "not acknowledged") {
		t.Errorf("closed with %q, %s", got.Reason, got.Detail)
	}
}

// TestLocalFailureStaysHere checks that a store that fails ends the session
// and that the peer is not told how.
func TestLocalFailureStaysHere(t *testing.T) {
	s := meet(t, Limits{})
	s.me.fail = errors.New("/secret/path: disk full")
	s.take(Changed{"people"})
	got := s.closed()
	if got.Reason != ReasonStorage || !strings.Contains(got.Detail, "disk full") || got.Reason.Violation() {
		t.Errorf("closed with %+v", got)
	}
	for _, out := range s.got {
		if m, ok := out.(Send); ok && strings.Contains(string(m.Message), "secret") {
			t.Error("the peer was told")
		}
	}
}

func TestDeclined(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	a.collection("secret").put(10, "bob")
	p := newPair(t, a, b, func(i int, c *Config) {
		if i == 1 {
			c.Scope = func(name string) []KeyRange {
				if name == "people" {
					return []KeyRange{{}}
				}
				return nil
			}
		}
	}).start().settle()
	a.collection("secret").put(10, "bob")
	p.changed(0, "secret").settle()
	p.same("people")
	if st := p.sides[0].session.Status()[1]; st.Phase != PhaseDeclined || st.Why != "declined by peer" {
		t.Errorf("%+v", st)
	}
	if st := p.sides[1].session.Status()[1]; st.Phase != PhaseDeclined || st.Why != "declined here" {
		t.Errorf("%+v", st)
	}
}

func TestOvertaken(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann", "bob")
	copyTo(a, b, "people")
	c := a.collection("people")
	c.know, c.counter = crdt.Know(crdt.Counters{a.id: 1}.Vector()), 1 // as if restored from a backup
	p := newPair(t, a, b).start().settle()
	for _, o := range p.sides[0].events {
		if o, ok := o.(Overtaken); ok && o.Counter == 2 && o.Collection == "people" {
			return
		}
	}
	t.Errorf("events: %v", p.sides[0].events)
}
