package antientropy

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// wait lets time pass in steps of 10 ms, and everything happen in it.
func (p *pair) wait(d time.Duration) *pair {
	for ; d > 0; d -= 10 * time.Millisecond {
		p.now = p.now.Add(10 * time.Millisecond)
		for i, s := range p.sides {
			if at, ok := s.session.Deadline(); ok && !at.After(p.now) {
				p.step(i, Tick{p.now})
			}
		}
		p.settle()
	}
	return p
}

// linkConversations are about links that are lazy, shared or never at rest.
var linkConversations = []struct {
	name string
	hold func(t *testing.T) *pair
}{
	{"lazy-link", func(t *testing.T) *pair {
		a, b, c := newFake("A"), newFake("B"), newFake("C")
		p := newPair(t, a, b)
		p.names = []*fake{a, b, c}
		a.collection("people").put(20, "ann")
		p.start().settle().wait(100 * time.Millisecond)
		p.tell("-- C writes bob, which both get from it; A sends it to B all the same")
		copyTo(a, c, "people")
		c.collection("people").put(20, "bob")
		copyTo(c, a, "people")
		copyTo(c, b, "people")
		p.changed(0, "people").settle().changed(1, "people").settle()
		p.tell("-- C writes cid, which both get from it")
		c.collection("people").put(20, "cid")
		copyTo(c, a, "people")
		copyTo(c, b, "people")
		p.changed(0, "people").changed(1, "people").wait(400 * time.Millisecond)
		p.tell("-- C writes dan, and only A gets it")
		c.collection("people").put(20, "dan")
		copyTo(c, a, "people")
		p.changed(0, "people").wait(400 * time.Millisecond)
		p.same("people")
		return p
	}},
	{"share", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		for i := range 5000 {
			a.collection("people").put(0, fmt.Sprintf("p%04d", i))
		}
		p := newPair(t, a, b, func(_ int, c *Config) {
			c.Limits.Documents, c.Limits.Frame, c.Limits.Whole = 2500, 1<<20, 1<<20
			c.Limits.Frames = 1
		}).start()
		for len(p.sides[1].events) < 2 { // Introduced, Far
			p.deliver(0)
			p.deliver(1)
		}
		p.story = ""
		p.tell("-- B lacks much and has another peer that feeds it, who begins at the front")
		p.step(1, Share{"people", 1, 2})
		for range 8 {
			p.deliver(0)
			p.commit(1)
		}
		p.settle().same("people")
		p.story = shortened(p.story)
		return p
	}},
	{"check", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann", "bob", "cid")
		copyTo(a, b, "people")
		p := newPair(t, a, b).start().settle()
		b.collection("people").change()
		b.collection("people").docs["bob"] = fakeDoc{}
		p.busy(28)
		p.story = ""
		p.tell("-- both have been writing for half a minute")
		for p.sides[1].events[len(p.sides[1].events)-1] == nil || len(p.alarms()[1]) == 0 {
			p.busy(1)
		}
		return p
	}},
}

// shortened cuts the lines of a story.
func shortened(story string) string {
	out := ""
	for len(story) > 0 {
		n := 0
		for n < len(story) && story[n] != '\n' {
			n++
		}
		line := story[:n]
		if len(line) > 120 {
			line = line[:120] + "…"
		}
		out += line + "\n"
		story = story[min(n+1, len(story)):]
	}
	return out
}

func TestLinkConversations(t *testing.T) {
	for _, c := range linkConversations {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, c.hold(t).story) })
	}
}

// linkMessage makes a well-formed message of one of the kinds that are about
// links.
func (s *script) linkMessage(name string, v crdt.VersionVector) message {
	switch s.next() % 7 {
	case 0:
		return &prune{Collection: name, Seq: uint64(s.next() % 4)}
	case 1:
		return &graft{Collection: name}
	case 2:
		return &share{Collection: name, Part: int(s.next()%5) - 1, Parts: int(s.next() % 70)}
	case 3:
		return &check{Collection: name, From: s.key(), To: s.key(), Documents: s.bytes(), Newer: s.bytes(), vector: v}
	case 4:
		m := &checked{Collection: name, Missing: s.bytes()}
		for _, key := range s.keys() {
			m.Differ = append(m.Differ, checkedDocument{Key: key, Digest: make([]byte, s.next()%2*32)})
		}
		return m
	case 5:
		return &found{Collection: name, Keys: s.keys()}
	}
	m := &have{Collection: name, From: "", To: s.key(), vector: v}
	if s.next()%2 == 0 {
		m.To = ""
	}
	return m
}

// A timer that is due does not keep a session asking for ticks: after each the
// next one is later.
func TestDeadlineMovesOn(t *testing.T) {
	m := newMeshed(t, 4, 2)
	m.connectRandom(3)
	for i := range 30 {
		m.write(i%4, "people", 50, fmt.Sprint("k", i))
		m.run(7 * time.Millisecond)
		for _, n := range m.nodes {
			for _, e := range n.ends {
				for range 3 {
					e.step(Tick{m.now})
				}
				if at, ok := e.session.Deadline(); !ok || !at.After(m.now) {
					t.Fatalf("wants a tick at %v, it is %v", at, m.now)
				}
			}
		}
	}
	m.until("people", time.Second)
	m.run(3 * time.Second)
	for _, n := range m.nodes {
		for _, e := range n.ends {
			if at, _ := e.session.Deadline(); at.Sub(m.now) < 5*time.Second {
				t.Errorf("nothing is to be done, and a tick is wanted in %v", at.Sub(m.now))
			}
		}
	}
}
