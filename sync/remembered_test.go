package antientropy

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// TestHeadsAheadAreCounted: signed heads that no vector follows are remembered,
// and so they are bounded.
func TestHeadsAheadAreCounted(t *testing.T) {
	s := meet(t, Limits{Entries: 100})
	for i := range 200 {
		h := s.collection("people").sign()
		h.Nonce = [16]byte(sha256.New().Sum([]byte(fmt.Sprint(i)))[:16])
		h.Counter = 1
		s.say(&frame{Collection: "people", Seq: uint64(i + 1), content: Frame{Heads: []crdt.SignedHead{h}}})
		for _, o := range s.got {
			if m, ok := o.(Merge); ok {
				s.take(Committed{ID: m.ID})
			}
		}
		if s.closed().Reason != "" {
			break
		}
	}
	if got := s.closed().Reason; got != ReasonTooMany {
		t.Errorf("ended with %q", got)
	}
}

// TestScopesAreCounted: the ends of scopes are remembered, and so they are
// bounded.
func TestScopesAreCounted(t *testing.T) {
	s := meet(t, Limits{Entries: 1000})
	for i := range 100 {
		s.say(&open{Collection: fmt.Sprint("c", i), Ranges: []keyRange{{From: strings.Repeat("a", 1024), To: strings.Repeat("b", 1024)}}})
	}
	if got := s.closed().Reason; got != ReasonTooMany {
		t.Errorf("ended with %q", got)
	}
}

// TestWhatOnlyAPeerSpeaksOf is not kept when the session is over.
func TestWhatOnlyAPeerSpeaksOf(t *testing.T) {
	s := meet(t, Limits{})
	all := crdt.Counters{s.me.id: 1}
	for i := range 1000 {
		h := sha256.Sum256([]byte(fmt.Sprint(i)))
		all[crdt.ReplicaID(h[:16])] = 1
	}
	s.say(&open{Collection: "nowhere", Hash: [16]byte{1}})
	s.say(&know{Collection: "nowhere", content: crdt.Know(all.Vector())})
	s.say(&have{Collection: "people", vector: all.Vector()})
	shown := s.session.Shown()
	if k, ok := shown["nowhere"]; ok {
		t.Errorf("of a collection that is not here: %d entries", k.Weight())
	}
	if v := shown["people"].Max(); v.Len() != 1 || v.Counter(s.me.id) != 1 {
		t.Errorf("%d entries, %d of this side", v.Len(), v.Counter(s.me.id))
	}
}

// TestAlarmsAreFew: what a peer says to differ is passed on every 10 s at most.
func TestAlarmsAreFew(t *testing.T) {
	s := meet(t, Limits{})
	c := s.session.collections["people"]
	now, alarms := time.Unix(1000, 0), 0
	for range 60 {
		now = now.Add(time.Second)
		s.take(Tick{Now: now})
		for range 10 {
			c.runs.found = true
			s.say(&found{Collection: "people", Keys: []string{"ann"}})
		}
	}
	for _, o := range s.got {
		if _, ok := o.(Diverged); ok {
			alarms++
		}
	}
	if alarms == 0 || alarms > 6 || s.closed().Reason != "" {
		t.Errorf("%d alarms in a minute, %v", alarms, s.closed())
	}
}

// TestHopesEnd: a peer that shows not to have what it announced is not hoped
// for any more, so that what was announced is never more than what is counted.
func TestHopesEnd(t *testing.T) {
	s := meet(t, Limits{})
	s.say(&have{Collection: "people", vector: crdt.Counters{s.id: 9}.Vector()})
	c := s.session.collections["people"]
	if c.lazy.first.of.Weight() == 0 {
		t.Fatal("nothing is hoped for")
	}
	s.message(&ack{Collection: "people", Seq: 1})
	s.out.last = nil
	s.say(&know{Collection: "people", Seq: 1})
	if c.lazy.first.of.Weight()+c.lazy.later.Weight() != 0 || c.lazy.first.until.on {
		t.Error("it is still hoped for")
	}
}
