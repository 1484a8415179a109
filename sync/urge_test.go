package antientropy

import (
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestUrge: what is held back goes at once when somebody waits for the peer to
// have it, and the link stays as lazy as it was.
func TestUrge(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	p := newPair(t, a, b).start().settle()
	l := &p.sides[0].session.collections["people"].lazy
	l.level = announce
	for _, key := range []string{"bob", "cid"} {
		a.collection("people").put(10, key)
		p.changed(0, "people").settle()
		if b.collection("people").docs[key].live != nil {
			t.Fatal("it is not held back")
		}
		p.step(0, Urge{"people"})
		p.settle().same("people")
		if l.level != announce || l.urgent {
			t.Errorf("level %d, urgent %v", l.level, l.urgent)
		}
	}
	p.step(0, Urge{"people"}) // which it has
	p.step(0, Urge{"places"}) // which nobody has
	a.collection("people").put(10, "dan")
	p.settle().changed(0, "people").settle()
	if b.collection("people").docs["dan"].live != nil {
		t.Error("what nobody waits for is not held back")
	}
}

// TestNothingIsHopedForDuringAPause: what was announced is not waited for while
// it may not come, and asked for when it may.
func TestNothingIsHopedForDuringAPause(t *testing.T) {
	for name, paused := range map[string]int{"here": 1, "by the peer": 0} {
		t.Run(name, func(t *testing.T) {
			a, b := newFake("A"), newFake("B")
			a.collection("people").put(10, "ann")
			p := newPair(t, a, b).start().settle().tick(time.Second)
			p.sides[0].session.collections["people"].lazy.level = announce
			p.step(paused, Pause{On: true})
			p.settle()
			for range 3 {
				a.collection("people").put(10, "bob")
				p.changed(0, "people").settle().wait(400 * time.Millisecond)
			}
			if b.collection("people").docs["bob"].live != nil {
				t.Fatal("it came during the pause")
			}
			if p.sides[1].session.Counters().Heard == 0 {
				t.Fatal("nothing was announced")
			}
			if at, any := p.sides[1].session.soonest(); any {
				t.Errorf("something is waited for until %v", at)
			}
			p.step(paused, Pause{On: false})
			p.settle().wait(400 * time.Millisecond)
			p.same("people")
			if n := p.sides[1].session.Counters().Grafts; n != 1 {
				t.Errorf("%d grafts", n)
			}
		})
	}
}

// TestFramesThatNeverFit: a peer that does not heed what it is told is given up.
func TestFramesThatNeverFit(t *testing.T) {
	s := meet(t, Limits{Frames: 8})
	b := s.collection("people")
	b.counter = 5
	for seq := uint64(1); s.closed().Reason == ""; seq++ {
		if seq > 1000 {
			t.Fatal("it goes on for ever")
		}
		f := &frame{Collection: "people", Seq: seq, content: Frame{
			Base:   crdt.Counters{s.id: 4}.Vector(),
			Vector: crdt.Counters{s.id: 5}.Vector(), Heads: []crdt.SignedHead{b.sign()},
		}}
		s.got = nil
		s.say(f)
		for _, out := range s.got {
			if m, ok := out.(Merge); ok {
				in := s.me.collection(m.Collection).merge(m.Frame)
				in.ID = m.ID
				s.take(in)
			}
		}
	}
	if got := s.closed(); got.Reason != ReasonNoProgress {
		t.Errorf("closed with %q: %s", got.Reason, got.Detail)
	}
}
