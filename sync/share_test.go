package antientropy

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// feeders makes a fresh replica 0 and others that hold the same documents, all
// connected with it, and lets them feed it until it holds part of them.
func feeders(t *testing.T, n, documents int, speeds ...time.Duration) *meshed {
	m := newMeshed(t, n+1, 5)
	for i := range documents {
		m.nodes[1].collection("people").put(100, fmt.Sprintf("p%06d", i))
	}
	for i := 2; i <= n; i++ {
		copyTo(m.nodes[1].fake, m.nodes[i].fake, "people")
	}
	m.nodes[0].slow = 500 * time.Microsecond
	for i := 1; i <= n; i++ {
		m.connect(0, i, func(c *Config) {
			c.Limits.Frame, c.Limits.Whole, c.Limits.Window = 1<<10, 2<<10, 16<<10
		})
	}
	for i, d := range speeds {
		e := m.nodes[0].ends[i]
		e.delay, e.peer.delay = d, d
	}
	return m
}

// fed is how many documents replica 0 was sent.
func (m *meshed) fed() (n int) {
	for _, e := range m.nodes[0].ends {
		n += int(e.session.Counters().Received.Documents)
	}
	return n
}

// A fresh replica that three others feed gets each document about once, and in
// the end one vector holds for all keys; also when one of them is much slower.
func TestSeveralFeed(t *testing.T) {
	const documents = 6000
	for name, speeds := range map[string][]time.Duration{
		"alike":     {time.Millisecond, time.Millisecond, time.Millisecond},
		"different": {time.Millisecond, 4 * time.Millisecond, 20 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			m := feeders(t, 3, documents, speeds...)
			took := m.until("people", time.Minute)
			n := m.fed()
			each := ""
			for _, e := range m.nodes[0].ends {
				each += fmt.Sprint(" ", e.session.Counters().Received.Documents)
			}
			t.Logf("%d documents of %d in %v:%s", n, documents, took, each)
			if n > documents*11/10 {
				t.Errorf("%d documents came, of %d", n, documents)
			}
			if r := m.nodes[0].collection("people").know.Ranges(); len(r) != 1 {
				t.Errorf("%d ranges", len(r))
			}
			m.run(2 * time.Second)
			for i, e := range m.nodes[0].ends {
				if e.session.collections["people"].fed {
					t.Errorf("%d is still believed to have more to send", i)
				}
			}
		})
	}
}

// When one that feeds dies half way, the others bring what is missing, and
// nothing again that was committed.
func TestFeederDies(t *testing.T) {
	const documents = 6000
	m := feeders(t, 3, documents, time.Millisecond, time.Millisecond, time.Millisecond)
	c := m.nodes[0].collection("people")
	for len(c.docs) < documents/2 {
		m.run(time.Millisecond)
	}
	before := m.nodes[0].ends[1].session.Counters().Received
	m.cut(2)
	m.nodes = append(m.nodes[:2], m.nodes[3])
	m.until("people", time.Minute)
	n := m.fed() + int(before.Documents)
	t.Logf("%d documents of %d", n, documents)
	if n > documents*11/10 {
		t.Errorf("%d documents came, of %d", n, documents)
	}
	if r := c.know.Ranges(); len(r) != 1 {
		t.Errorf("%d ranges", len(r))
	}
	m.run(2 * time.Second)
	q := newMeshed(t, 0, 1)
	q.nodes = []*meshNode{{fake: m.nodes[0].fake, m: q}, {fake: m.nodes[1].fake, m: q}}
	q.connect(0, 1)
	q.run(time.Second)
	if e := q.nodes[0].ends[0]; e.messages[kindFrame]+e.messages[kindKnow] > 0 {
		t.Errorf("a later session needs %v", e.messages)
	}
}

// Parts are asked for only where something is under way, and no peer may ask
// for one that does not exist.
func TestShareOfNothing(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(10, "ann")
	p := newPair(t, a, b).start().settle()
	p.step(1, Share{"people", 1, 2})
	p.step(1, Share{"people", 2, 2})
	p.step(1, Share{"places", 0, 2})
	p.settle()
	a.collection("people").put(10, "bob")
	p.changed(0, "people").settle().same("people")
	for _, m := range []share{{Collection: "people", Part: 2, Parts: 2}, {Collection: "people", Part: 0, Parts: MaxParts + 1}, {Collection: "people", Part: -1, Parts: 2}} {
		p := newPair(t, newFake("A"), newFake("B"))
		p.sides[0].collection("people").put(10, "ann")
		p.start().settle()
		b, err := p.sides[1].session.speak.encode(&m)
		if err != nil {
			t.Fatal(err)
		}
		p.sides[0].inbox = append(p.sides[0].inbox, b)
		p.settle()
		if c := p.sides[0].closed; c == nil || c.Reason != ReasonGarbage {
			t.Errorf("%v: %v", m, c)
		}
	}
}

// What is left of a drain that is one of several is never sent twice by the
// same sender, and all of it is sent, wherever the others have been.
func TestSharedRuns(t *testing.T) {
	p := shared{part: 1, parts: 3, starts: []string{"b", "c", "d", "e", "f", "g", "h"}}
	v := crdt.VersionVector{}
	v.Set(crdt.ReplicaID{1}, 1)
	mine := crdt.Know(v)
	known := crdt.Knowledge{}.Raise("c", "d", nilVector, v)
	if at := p.begin(); at != "c" {
		t.Errorf("begins at %q", at)
	}
	if at, ok := p.next(mine, known); !ok || at != "g" {
		t.Errorf("goes on at %q, %v", at, ok)
	}
	p.parts = 1
	if at, ok := p.next(mine, known); !ok || at != "d" {
		t.Errorf("alone goes on at %q, %v", at, ok)
	}
	if _, ok := p.next(mine, mine); ok {
		t.Error("goes on although nothing is unknown")
	}
}

var nilVector crdt.VersionVector
