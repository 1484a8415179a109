package antientropy

import (
	"errors"
	"strings"
	"testing"
)

// TestOutOfScopeIsRefused: a peer that sends keys which are not common is cut
// off; one that shows knowledge of others is heard of the common ones alone.
func TestOutOfScopeIsRefused(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	a.collection("people").put(3, "a", "c")
	b.collection("people").put(3, "c")
	p := newPair(t, a, b, func(i int, c *Config) {
		c.Scope = func(string) []KeyRange { return []KeyRange{{From: "b", To: "d"}} }
	})
	p.start().settle()
	p.sides[0].session.collections["people"].within = everything // A forgets what B has said
	a.collection("people").put(3, "a")
	p.changed(0, "people").settle()
	c := p.sides[1].session.collections["people"]
	if theirs := c.theirs.At("a"); theirs.Len() > 0 {
		t.Errorf("B takes A to know %s of a", theirs)
	}
	if closed := p.sides[1].closed; closed == nil || closed.Reason != ReasonBadFrame || !strings.Contains(closed.Detail, "out of scope") {
		t.Errorf("B closed with %+v\n%s", closed, p.story)
	}
}

// TestBadScopes: ranges that make no sense end the session.
func TestBadScopes(t *testing.T) {
	for _, bad := range [][]keyRange{
		{{From: "b", To: "a"}}, {{From: "a", To: "a"}}, {{From: "a", To: "c"}, {From: "b", To: "d"}}, {{From: "a"}, {From: "b"}},
		{{From: "a", To: "b"}, {From: "b", To: "c"}}, {{From: strings.Repeat("x", 2000)}}, make([]keyRange, ScopeLimit+1),
	} {
		m := &open{Collection: "people", Ranges: bad}
		_, err := m.scope()
		var e *ending
		if !errors.As(err, &e) || !e.reason.Violation() {
			t.Errorf("ranges %.3v: %v", bad, err)
		}
	}
}
