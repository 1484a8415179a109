package antientropy

import (
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
)

// mostly is the collection that both have, seven times in eight.
func (s *script) mostly() string {
	if s.next()%8 > 0 {
		return "people"
	}
	return s.collection()
}

// question makes an ask that may be anything, and often is what may be asked.
func (s *script) question(x *fake) *ask {
	m := &ask{Collection: s.mostly(), Tag: tagOf(x.collection("people").know)}
	if s.next()%4 == 0 {
		m.Tag[0] ^= s.next()
	}
	for range s.next() % 5 {
		d := askedDocument{Key: s.key(), Heads: s.dots(x)}
		switch s.next() % 4 {
		case 0:
			d.Digest = s.bytes()
		case 1, 2:
			sum := sha256.Sum256(x.collection("people").docs[d.Key].body())
			d.Digest = sum[:]
		}
		m.Documents = append(m.Documents, d)
	}
	return m.sorted(s.next()%8 > 0)
}

func (m *ask) sorted(yes bool) *ask {
	if yes {
		slices.SortFunc(m.Documents, func(a, b askedDocument) int { return compareKeys(a.Key, b.Key) })
		m.Documents = slices.CompactFunc(m.Documents, func(a, b askedDocument) bool { return a.Key == b.Key })
	}
	return m
}

func compareKeys(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// dots are heads as they are sent.
func (s *script) dots(x *fake) []byte {
	if s.next()%4 == 0 {
		return s.bytes()
	}
	var dots []crdt.Dot
	for range s.next() % 3 {
		dots = append(dots, crdt.Dot{Replica: []crdt.ReplicaID{x.id, {'r'}}[s.next()%2], Counter: uint64(s.next()%9) + 1})
	}
	slices.SortFunc(dots, crdt.Dot.Compare)
	return appendDots(nil, slices.Compact(dots))
}

// answer makes a told.
func (s *script) answer(x *fake) *told {
	m := &told{Collection: s.mostly(), Tag: tagOf(x.collection("people").know)}
	for range s.next() % 5 {
		key := s.key()
		d := toldDocument{Key: key, Heads: s.dots(x), Body: x.collection("people").docs[key].body()}
		if s.next()%4 == 0 {
			d.Body = s.bytes()
		}
		m.Documents = append(m.Documents, d)
	}
	if s.next()%8 > 0 {
		slices.SortFunc(m.Documents, func(a, b toldDocument) int { return compareKeys(a.Key, b.Key) })
		m.Documents = slices.CompactFunc(m.Documents, func(a, b toldDocument) bool { return a.Key == b.Key })
	}
	return m
}

// inStep is the session of one of two that have come to hold the same.
func inStep(t *testing.T, me, x *fake) *Session {
	t.Helper()
	side := []*fake{me, x}
	sessions := []*Session{NewSession(Config{Replica: me, Self: me.id, Initiator: true}), NewSession(Config{Replica: x, Self: x.id})}
	type input struct {
		to int
		in Input
	}
	todo := []input{{0, Start{}}, {1, Start{}}}
	for n := 0; len(todo) > 0; n++ {
		if n > 1000 {
			t.Fatal("they do not come to rest")
		}
		at := todo[0]
		todo = todo[1:]
		for _, o := range sessions[at.to].Step(at.in) {
			switch o := o.(type) {
			case Send:
				todo = append(todo, input{1 - at.to, Received{o.Message}})
			case Merge:
				in := side[at.to].collection(o.Collection).merge(o.Frame)
				in.ID = o.ID
				todo = append(todo, input{at.to, in})
			case Close:
				t.Fatalf("%+v", o)
			}
		}
	}
	sessions[1].Step(Stop{})
	return sessions[0]
}

// FuzzAsk lets a peer ask and tell anything, in any order, while this side asks,
// answers and changes. What comes out of it to be made one was asked for, is still
// as it was shown, and both sides have seen what the other shows; whatever
// else comes ends the session as a violation or is passed over.
func FuzzAsk(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := make([]byte, 100)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		f.Add(b)
	}
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		s := &script{b}
		me, x := newFake("A"), newFake("X")
		x.collection("people").put(10, "a", "b", "c")
		me.collection("people").put(5, "d", "e")
		session := inStep(t, me, x)
		out := wire{limits: Limits{}.withDefaults(), next: session.hear.next}
		closed := false
		asked := map[string]bool{}
		var step func(in Input)
		step = func(in Input) {
			for _, o := range session.Step(in) {
				switch o := o.(type) {
				case Asked:
					step(Answer{Collection: o.Collection, Sound: s.next()%4 > 0})
				case Told:
					for _, d := range o.Documents {
						if !asked[d.Key] {
							t.Fatalf("told of %s, which was not asked for", d.Key)
						}
						v, _ := me.View(o.Collection)
						rec, _ := v.Record(d.Key)
						r := heldOf(rec)
						_ = v.Close()
						if !slices.Equal(r.Heads, d.Mine.Heads) || r.Digest != d.Mine.Digest {
							t.Fatalf("%s is another by now", d.Key)
						}
						if len(d.Mine.Heads) > 0 && len(d.Heads) > 0 && !covered(me.collection(o.Collection).know.At(d.Key), d.Heads) {
							t.Fatalf("%s has heads %v, which are not known here", d.Key, d.Heads)
						}
					}
				case Close:
					if closed = true; o.Err != nil {
						t.Fatalf("the own side failed: %v", o.Err)
					}
				}
			}
		}
		say := func(m message) {
			if b, err := out.encode(m); err == nil {
				alloc.BoundedOnce(t, len(b), func() { step(Received{b}) })
			}
		}
		for key, n := range map[string]byte{"a": s.next() % 3, "b": s.next() % 3, "d": s.next() % 3} { // the peers have lost what both count
			switch c := x.collection("people"); n {
			case 1:
				c.change()
				c.docs[key] = fakeDoc{heads: c.docs[key].heads}
			case 2:
				c.change()
				delete(c.docs, key)
			}
		}
		for len(s.b) > 0 && !closed {
			switch s.next() % 6 {
			case 0:
				say(s.question(x))
			case 1, 2:
				say(s.answer(x))
			case 3:
				keys := append(s.keys(), "a")
				for _, key := range keys {
					asked[key] = true
				}
				step(Ask{Collection: s.mostly(), Keys: keys})
			case 4:
				step(Answer{Collection: s.mostly(), Sound: s.next()%2 == 0})
			case 5:
				me.collection("people").put(int(s.next()), s.key())
				step(Changed{"people"})
			}
		}
		step(Stop{})
		if me.views != 0 {
			t.Fatalf("%d views are open", me.views)
		}
	})
}

// FuzzDots reads arbitrary bytes as heads of an ask.
func FuzzDots(f *testing.F) {
	f.Add(appendDots(nil, []crdt.Dot{{Replica: crdt.ReplicaID{'a'}, Counter: 7}, {Replica: crdt.ReplicaID{'b'}, Counter: 1}}))
	barrage.Fuzz(f, func(t *testing.T, b []byte) {
		alloc.Bounded(t, len(b), func() { _, _ = parseDots(b) })
		dots, err := parseDots(b)
		if err != nil {
			var e *ending
			if !errors.As(err, &e) || !e.reason.Violation() {
				t.Fatal(err)
			}
			return
		}
		if again := appendDots(nil, dots); !slices.Equal(again, b) {
			t.Fatalf("%x became %x", b, again)
		}
	})
}
