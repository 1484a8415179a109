package antientropy

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestOneMessageAstray loses, repeats or overtakes one message of a conversation,
// each in turn: the message that comes in the wrong place ends the session before
// anything is done with it, and what both sides hold is all that they know. The
// next session makes good.
func TestOneMessageAstray(t *testing.T) {
	for _, how := range []string{"lost", "again", "overtaken"} {
		ended := 0
		for at := 0; ; at++ {
			p, hit := astray(t, how, at)
			if !hit {
				break
			}
			a, b := p.sides[0].fake, p.sides[1].fake
			if p.sides[0].closed != nil {
				ended++
			}
			p = newPair(t, a, b).start().settle()
			p.same("people")
		}
		if ended < 5 {
			t.Errorf("%s: only %d messages ended a session", how, ended)
		}
	}
}

// astray lets two sides, each of which writes now and then, talk, and lets one
// of their messages go astray.
func astray(t *testing.T, how string, at int) (p *pair, hit bool) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(20, "ann", "bob", "cid")
	b.collection("people").put(20, "dan")
	p = newPair(t, a, b).muted()
	delivered, wrong := 0, [2]bool{}
	deliver := func(i int) bool {
		s := p.sides[i]
		if len(s.inbox) == 0 || s.closed != nil {
			return false
		}
		if delivered++; delivered == at+1 {
			switch m := s.inbox[0]; {
			case how == "lost":
				s.inbox, hit = s.inbox[1:], true
			case how == "again":
				s.inbox, hit = append([][]byte{m}, s.inbox...), true
			case len(s.inbox) > 1:
				s.inbox[0], s.inbox[1], hit = s.inbox[1], m, true
			}
			if how == "again" {
				p.deliver(i)
			}
			wrong[i] = hit
			return true
		}
		merges, inStep := len(s.merges), len(s.events)
		if p.deliver(i); wrong[i] {
			wrong[i] = false
			c := s.closed
			if c == nil {
				t.Fatalf("%s at %d: it goes on", how, at)
			}
			if c.Reason != ReasonGap && c.Reason != ReasonOutOfOrder && !c.ByPeer || len(s.merges) != merges || len(s.events) != inStep {
				t.Fatalf("%s at %d: %s %s, after %d merges and %v", how, at, c.Reason, c.Detail, len(s.merges)-merges, s.events[inStep:])
			}
		}
		return true
	}
	talk := func() {
		for moved := true; moved; {
			moved = deliver(0)
			moved = deliver(1) || moved
			moved = p.commit(0) || moved
			moved = p.commit(1) || moved
		}
	}
	p.start()
	talk()
	for n := range 6 {
		p.sides[n%2].collection("people").put(20, fmt.Sprint("k", n))
		p.changed(n%2, "people")
		if n == 3 {
			a.collection("people").remove("ann")
			p.changed(0, "people")
		}
		talk()
	}
	p.step(0, SyncNow{})
	talk()
	return p, hit || delivered > at // what was alone cannot be overtaken
}

// TestNumbersBeginAgain sends more messages than there are numbers.
func TestNumbersBeginAgain(t *testing.T) {
	p := newPair(t, newFake("A"), newFake("B")).muted().start().settle()
	s := p.sides[0].session
	for i := range uint64(70_000) {
		m, err := p.sides[1].session.speak.encode(&pong{N: i})
		if err != nil {
			t.Fatal(err)
		}
		if out := s.Step(Received{m}); len(out) != 1 || out[0] != (Ponged{i}) {
			t.Fatalf("message %d: %v", i, out)
		}
	}
}

// TestSealed: what was sealed is opened in the same order, and in no other.
func TestSealed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := numbering(rapid.Uint16().Draw(t, "from"))
		out, in := from, from
		kinds := rapid.SliceOfN(rapid.Byte(), 1, 10).Draw(t, "kinds")
		for i, k := range kinds {
			if skip := numbering(rapid.Uint16().Draw(t, "skipped")); numbered(kind(k)) && skip > 0 {
				astray := out + skip
				if _, _, err := in.open(astray.seal(kind(k), nil)); err == nil {
					t.Fatalf("message %d is taken where %d is due", astray, in)
				}
			}
			got, body, err := in.open(out.seal(kind(k), []byte{byte(i)}))
			if err != nil || got != kind(k) || len(body) != 1 || body[0] != byte(i) {
				t.Fatalf("%d %x %v", got, body, err)
			}
		}
	})
}
