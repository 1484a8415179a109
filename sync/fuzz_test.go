package antientropy

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// script turns fuzzed bytes into decisions; it gives zeros at its end.
type script struct{ b []byte }

func (s *script) next() byte {
	if len(s.b) == 0 {
		return 0
	}
	c := s.b[0]
	s.b = s.b[1:]
	return c
}

func (s *script) bytes() []byte {
	n := min(int(s.next()), len(s.b))
	b := s.b[:n]
	s.b = s.b[n:]
	return b
}

func (s *script) key() string { return string(rune('a' + s.next()%6)) }

func (s *script) keys() []string {
	var keys []string
	for range s.next() % 4 {
		keys = append(keys, s.key())
	}
	return keys
}

func (s *script) collection() string {
	return []string{"people", "places", "other", "../x"}[s.next()%4]
}

// message makes a well-formed message that says anything.
func (s *script) message(x *fake) message {
	name := s.collection()
	c := x.collection("people")
	v := crdt.VersionVector{}
	for range s.next() % 3 {
		v.Raise([]crdt.ReplicaID{x.id, {'r'}, {'q'}}[s.next()%3], uint64(s.next()%9)+1)
	}
	kinds := []kind{kindHave, kindHave, kindVectorSketch, kindSketch, kindMore, kindDiffer, kindDue, kindHeld}
	for k := kindHello; k <= kindRefuse; k++ {
		kinds = append(kinds, k)
	}
	switch kinds[int(s.next())%len(kinds)] {
	case kindHave:
		return s.linkMessage(name, v)
	case kindSketch:
		e := newElements([32]byte{}).cells([]element{1, 2, 3}[:s.next()%4], 0, int(s.next()%40))
		return &sketch{Collection: name, Number: uint64(s.next() % 4), To: s.key(), First: uint64(s.next() % 2 * 16), Cells: append(appendCells(nil, e), s.bytes()...)}
	case kindVectorSketch:
		e := newElements([32]byte{s.next()})
		var set []element
		for r, n := range v.All() {
			set = append(set, e.of(string(r[:]), [32]byte{byte(n)}))
		}
		return &vectorSketch{Collection: name, Cells: append(appendCells(nil, e.cells(set, 0, int(s.next()))), s.bytes()...)}
	case kindMore:
		return &more{Collection: name, Number: uint64(s.next() % 4), To: s.key(), Cells: uint64(s.next())}
	case kindDiffer:
		return &differ{Collection: name, Number: uint64(s.next() % 4), Keys: s.keys()}
	case kindDue:
		return &due{Collection: name, Buckets: uint64(s.next())}
	case kindHeld:
		return &held{Collection: name, Hashes: make([]byte, int(s.next())%40)}
	case kindHello:
		return &hello{Version: Version, Name: "X", Features: append(Features(), "future")}
	case kindOpen:
		m := &open{Collection: name, Hash: [16]byte{s.next()}}
		if s.next()%2 == 0 {
			m.Root = make([]byte, 32)
		}
		for range s.next() % 3 {
			m.Ranges = append(m.Ranges, keyRange{From: s.key(), To: s.key()})
		}
		return m
	case kindKnow:
		k := crdt.Knowledge{}.Raise(s.key(), "", crdt.VersionVector{}, v).RaiseOwn(x.id, uint64(s.next()%4)+1)
		return &know{Collection: name, Seq: uint64(s.next() % 4), From: uint(s.next()) % 4, Part: s.next()%2 == 0, content: k}
	case kindFrame:
		c.put(int(s.next()), s.key())
		v.Raise(x.id, c.counter)
		f := Frame{From: "", To: s.key(), Vector: v, Heads: []crdt.SignedHead{c.sign()}}
		if s.next()%2 == 0 {
			f.To = ""
		}
		key := s.key()
		f.Documents = []Document{{Key: key, Heads: []crdt.Dot{{Replica: x.id, Counter: c.counter}}, Body: c.docs[key].body()}}
		if s.next()%2 == 0 {
			f.Documents[0].Body = c.docs[key].without(&v)
		}
		if s.next()%4 == 0 {
			f.Forgotten, f.comparison = v, uint64(s.next()%3)
			f.Documents = append(f.Documents, Document{Key: key + "x"})
		}
		return &frame{Collection: name, Seq: uint64(s.next()%4) + 1, From: f.From, To: f.To, Left: uint64(s.next()), content: f}
	case kindAck:
		return &ack{Collection: name, Seq: uint64(s.next() % 4), Applied: s.next()%2 == 0}
	case kindWant:
		return &want{Collection: name, Seq: uint64(s.next() % 4), Keys: s.keys()}
	case kindRefuse:
		m := &refuse{Collection: name, Seq: uint64(s.next() % 4)}
		for _, key := range s.keys() {
			m.Documents = append(m.Documents, refusedKey{Key: key, Reason: string(s.bytes())})
		}
		return m
	case kindRoot:
		return &root{Collection: name, Tag: tagOf(c.know), Root: [32]byte{s.next()}}
	case kindWalk:
		return &walk{Collection: name, Tag: tagOf(c.know), Round: uint64(s.next() % 4), Open: []uint32{uint32(s.next() % 4)}, Final: s.next()%2 == 0}
	case kindNodes:
		return &nodes{Collection: name, Round: uint64(s.next() % 4), Level: int(s.next()%5) - 2, Hashes: s.bytes(), Moved: s.next()%8 == 0}
	case kindCount:
		return &count{Collection: name, Ahead: Count(s.next())}
	case kindPause:
		return &pause{On: s.next()%2 == 0}
	case kindPing:
		return &ping{N: uint64(s.next())}
	case kindPong:
		return &pong{N: uint64(s.next())}
	case kindDecline:
		return &decline{Collection: name, Full: s.next()%2 == 0}
	}
	return &bye{Reason: "bye", Detail: string(s.bytes())}
}

// unnumbered is a message without its number, which is given to it when it is said
// again.
func unnumbered(m []byte) []byte {
	if !numbered(kind(m[0])) {
		return m
	}
	return append([]byte{m[0]}, m[1+numberSize:]...)
}

// FuzzSession lets anything happen to a session in any order: well-formed
// messages, bytes, commits that succeed and fail, and what its own side does.
// Nothing may panic, and when it closes nothing may be left open.
func FuzzSession(f *testing.F) {
	for _, c := range slices.Concat(conversations, linkConversations) {
		for _, side := range []byte{0, 1} {
			t := &testing.T{}
			var b []byte
			p := c.hold(t)
			for _, m := range p.sides[side].heard {
				if m = unnumbered(m); len(m) < 200 {
					b = append(append(b, 1, byte(len(m))), m...)
				}
			}
			f.Add(b)
		}
	}
	f.Add([]byte{0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 6, 4, 4, 4, 8})
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		s := &script{b}
		me, x := newFake("A"), newFake("X")
		me.collection("people").put(10, "a", "b", "c")
		me.collection("people").add(1, "a")
		k := me.collection("people").know
		me.collection("people").hashed = &k
		session := NewSession(Config{Replica: me, Self: me.id, Initiator: s.next()%2 == 0, Backlog: int(s.next()) * 16,
			Room:   func(string) bool { return s.next()%4 > 0 },
			Limits: Limits{Collections: 8, Wanted: 3, Refused: 4, Frame: 40, Whole: 60, Window: 4000, Message: 1 << 16}})
		out := wire{limits: Limits{}.withDefaults()}
		now := time.Unix(1_700_000_000, 0)
		var merges []Merge
		closed := false
		step := func(in Input) {
			for _, o := range session.Step(in) {
				if closed {
					t.Fatalf("%T after close", o)
				}
				switch o := o.(type) {
				case Merge:
					merges = append(merges, o)
				case Close:
					closed = true
				}
			}
		}
		step(Start{})
		if s.next()%4 > 0 {
			hi, _ := out.encode(&hello{Version: Version, Name: "X", Features: Features()[:int(s.next())%(1+len(Features()))]})
			step(Received{hi})
		}
		for len(s.b) > 0 && !closed {
			switch s.next() % 10 {
			case 0, 2, 3, 4:
				if m, err := out.encode(s.message(x)); err == nil {
					step(Received{m})
				}
			case 1:
				m := s.bytes()
				if len(m) > 0 {
					m = out.next.seal(kind(m[0]), m[1:])
				}
				alloc.BoundedOnce(t, len(m), func() { step(Received{m}) })
			case 5, 6:
				if len(merges) > 0 {
					m := merges[0]
					merges = merges[1:]
					in := Committed{ID: m.ID}
					switch s.next() % 16 {
					case 0:
						in.Err = errors.New("failed")
					case 1:
						in.Refused = ReasonBadFrame
					case 2, 3: // the store may take part of it, and says what it likes
						in.Wanted = s.keys()
					case 4, 5:
						in = me.collection(m.Collection).merge(m.Frame)
						in.ID = m.ID
						for _, key := range s.keys() {
							in.Refusals = append(in.Refusals, Refusal{key, string(s.bytes())})
						}
					case 6, 7:
						me.refuses = func(Document) string { return "no" }
						in = me.collection(m.Collection).merge(m.Frame)
						in.ID, me.refuses = m.ID, nil
					default:
						in = me.collection(m.Collection).merge(m.Frame)
						in.ID = m.ID
					}
					step(in)
				}
			case 7:
				now = now.Add(time.Duration(s.next()%20) * time.Second)
				step(Tick{now})
			case 8:
				me.collection("people").put(int(s.next()), s.key())
				step(Changed{"people"})
			case 9:
				switch s.next() % 7 {
				case 4:
					step(Backlog{int(s.next()) * 8})
				case 5:
					step(Urge{s.collection()})
				case 6:
					parts := 1 + int(s.next()%3)
					step(Share{s.collection(), int(s.next()) % parts, parts})
				case 0:
					step(Pause{s.next()%2 == 0})
				case 1:
					step(SyncNow{})
				case 2:
					step(Hashed{s.collection()})
				case 3:
					step(Committed{ID: uint64(s.next())})
				}
			}
			if n := refusedIn(session); n > 4 {
				t.Fatalf("%d refused documents", n)
			}
			for _, st := range session.Status() {
				if st.Ahead < CountUnknown || st.Behind < CountUnknown || st.Ahead > CountMany || st.Behind > CountMany {
					t.Fatalf("%+v", st)
				}
			}
		}
		step(Stop{})
		if me.views != 0 {
			t.Fatalf("%d views are open", me.views)
		}
	})
}

func refusedIn(s *Session) (n int) {
	for _, st := range s.Status() {
		n += len(st.Refused)
	}
	return n
}

// FuzzFrame reads arbitrary bytes as the body of a frame.
func FuzzFrame(f *testing.F) {
	s := newFake("A")
	fill(s, "people", 30, 40)
	c := s.collection("people")
	m := &frame{content: Frame{Vector: c.know.Max(), Heads: []crdt.SignedHead{c.sign()}}}
	for key, d := range c.docs {
		m.content.Documents = append(m.content.Documents, Document{key, d.heads, d.body()})
	}
	m.pack(&names{}, &vectors{})
	f.Add(m.Body, m.Size)
	plain, err := m.decompress(1 << 20)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain, uint64(0))
	m.content.Documents = m.content.Documents[:1]
	m.pack(&names{}, &vectors{})
	f.Add(m.Body, m.Size)
	barrage.Fuzz(f, func(t *testing.T, body []byte, size uint64) {
		alloc.Bounded(t, len(body), func() {
			_ = (&frame{Body: body, Size: size}).unpack(&names{}, &vectors{}, Limits{Message: 1 << 16}.withDefaults())
		})
		var n names
		var last vectors
		m := &frame{Body: body, Size: size}
		l := Limits{Message: 1 << 16}.withDefaults()
		if err := m.unpack(&n, &last, l); err != nil {
			var e *ending
			if !errors.As(err, &e) || !e.reason.Violation() {
				t.Fatalf("%v", err)
			}
			return
		}
		again := &frame{content: m.content}
		again.pack(&names{}, &vectors{})
		back := &frame{Body: again.Body, Size: again.Size}
		if err := back.unpack(&names{}, &vectors{}, Limits{}.withDefaults()); err != nil {
			t.Fatal(err)
		}
		if again.String() != back.String() {
			t.Fatalf("%s became %s", again, back)
		}
	})
}
