package integration

import (
	"errors"
	"testing"
	"time"
)

// TestTwoPeersJoinedByInvite is the first thing that anyone tries.
func TestTwoPeersJoinedByInvite(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "people/ann", `{"name":"Ann","visits":{"$counter":0}}`)
	took := eventually(t, func() error {
		r := b.crdtctl("", "get", "people/ann")
		if r.code != 0 {
			return errors.New(r.stderr)
		}
		if d := diffJSON(r.stdout, `{"name":"Ann","visits":0}`); d != "" {
			t.Fatal(d)
		}
		return nil
	})
	t.Logf("a put was visible to crdtctl get on the other peer after %v", took.Round(time.Millisecond))

	b.ctl("incr", "people/ann", "/visits", "3")
	a.sees("people/ann", `{"name":"Ann","visits":3}`)
	converged(t, "people", a, b)
	if ra, rb := a.rootByCtl("people"), b.rootByCtl("people"); ra != rb {
		t.Errorf("crdtctl root: %s and %s", ra, rb)
	}
	a.ctl("wait", "--converged", "--timeout", unhurried)
	s, err := a.status()
	if err != nil {
		t.Fatal(err)
	}
	if q := s.of(b); q.State != "in-sync" || q.Why != "" || q.Behind != 0.0 || q.Ahead != 0.0 || q.Name != "b" {
		t.Errorf("status of b on a: %+v", q)
	}
}

// TestBothCameBack: what was joined once stays joined, in both directions,
// without an invite.
func TestBothCameBack(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "c/x", `{"n":1}`)
	b.sees("c/x", `{"n":1}`)
	a.stop()
	b.stop()
	a.restart()
	a.ctl("put", "c/y", `{"n":2}`)
	b.restart()
	b.sees("c/y", `{"n":2}`)
	b.ctl("put", "c/z", `{"n":3}`)
	a.sees("c/z", `{"n":3}`)
	converged(t, "c", a, b)
}

// TestThirdPeerThatKnowsOnlyOne joins through b while a is down, and is told
// no address of a.
func TestThirdPeerThatKnowsOnlyOne(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	a, b := m[0], m[1]
	a.ctl("put", "c/from-a", `{"n":1}`)
	b.sees("c/from-a", `{"n":1}`)
	a.stop()

	c := startPeer(t, "c", "--join", b.invite())
	c.sees("c/from-a", `{"n":1}`)
	c.ctl("put", "c/from-c", `{"n":2}`)
	b.sees("c/from-c", `{"n":2}`)
	b.stop()

	a.restart()
	a.ctl("put", "c/late", `{"n":3}`)
	b.restart()
	for _, p := range []*peer{a, b, c} {
		p.sees("c/from-a", `{"n":1}`)
		p.sees("c/from-c", `{"n":2}`)
		p.sees("c/late", `{"n":3}`)
	}
	converged(t, "c", a, b, c)
}

// TestJoiningKeepsWhatIsThere: a node that was alone brings its documents.
func TestJoiningKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	a, b := startPeer(t, "a"), startPeer(t, "b")
	a.ctl("put", "c/a", `{"from":"a"}`)
	b.ctl("put", "c/b", `{"from":"b"}`)
	a.ctl("put", "c/both", `{"x":1}`)
	b.ctl("put", "c/both", `{"y":2}`)
	b.stop()
	b.start("--join", a.invite())
	for _, p := range []*peer{a, b} {
		p.sees("c/a", `{"from":"a"}`)
		p.sees("c/b", `{"from":"b"}`)
		p.sees("c/both", `{"x":1,"y":2}`)
	}
	converged(t, "c", a, b)
}
