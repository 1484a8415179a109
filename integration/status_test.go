package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pause stops a peer from exchanging documents, resume ends that.
func (p *peer) pause()  { p.syncAction("pause") }
func (p *peer) resume() { p.syncAction("resume") }

func (p *peer) syncAction(action string) {
	p.t.Helper()
	a := p.request("POST", "/v1/sync", fmt.Sprintf(`{"action":%q}`, action), "Content-Type: application/json")
	if a.status != 200 {
		p.t.Fatalf("%s: %s: %d %s", p.name, action, a.status, a.body)
	}
}

// says waits until the peer's status of another has this state and reason.
func (p *peer) says(other *peer, state, why string) (q peerStatus) {
	p.t.Helper()
	eventually(p.t, func() error {
		s, err := p.status()
		if err != nil {
			return err
		}
		if q = s.of(other); q.State != state || !strings.Contains(q.Why, why) {
			return fmt.Errorf("%s says of %s: %+v, want %s, %q", p.name, other.name, q, state, why)
		}
		return nil
	})
	return q
}

// counts waits until the peer's status says how many documents it lacks that
// another has, and the other way round: exactly, even while nothing may flow.
func (p *peer) counts(other *peer, behind, ahead int) {
	p.t.Helper()
	eventually(p.t, func() error {
		s, err := p.status()
		if err != nil {
			return err
		}
		if q := s.of(other); q.Behind != float64(behind) || q.Ahead != float64(ahead) {
			return fmt.Errorf("%s says of %s: behind %v, ahead %v, want %d and %d", p.name, other.name, q.Behind, q.Ahead, behind, ahead)
		}
		return nil
	})
}

// TestStatusSaysWhy: the first question of every operator, with three
// different answers at once.
func TestStatusSaysWhy(t *testing.T) {
	t.Parallel()
	a := startPeer(t, "a")
	old := wrongSecret(t, a)
	paused := startPeer(t, "paused", "--join", a.invite())
	down := startPeer(t, "down", "--join", a.invite())
	a.ctl("put", "c/first", `{}`)
	converged(t, "c", a, paused, down)

	paused.pause()
	down.stop()
	for n := range 7 {
		a.ctl("put", fmt.Sprintf("c/more-%d", n), `{}`)
	}
	a.stop()
	a.restart()
	stranger := startPeer(t, "stranger", "--join", old)

	a.says(down, "offline", "peer down")
	a.says(paused, "paused", "paused by peer")
	paused.says(a, "paused", "paused here")
	a.counts(paused, 0, 7)
	paused.counts(a, 7, 0)
	if q := a.says(down, "offline", "peer down"); q.Behind != nil {
		t.Errorf("a cannot know what a peer has that it has not met in this life: behind is %v", q.Behind)
	}
	a.says(stranger, "refused", "wrong mesh secret")
	out := a.ctl("-o", "table", "status")
	for _, want := range []string{"peer down", "paused by peer", "wrong mesh secret", "?"} {
		if !strings.Contains(out, want) {
			t.Errorf("crdtctl status does not say %q:\n%s", want, out)
		}
	}
	paused.resume()
	paused.says(a, "in-sync", "")
	down.restart()
	converged(t, "c", a, paused, down)
}

// wrongSecret restarts p so that it founds a new mesh under its old identity
// and port, and returns an invite to the mesh that it has left.
func wrongSecret(t testing.TB, p *peer) string {
	t.Helper()
	old := p.invite()
	p.stop()
	if err := os.Remove(filepath.Join(p.dir, "mesh.secret")); err != nil {
		t.Fatal(err)
	}
	p.restart()
	return old
}

// TestWrongSecret: whoever cannot prove the secret is cut, both sides say why,
// it learns nothing, and the members go on.
func TestWrongSecret(t *testing.T) {
	t.Parallel()
	a := startPeer(t, "a")
	old := wrongSecret(t, a)
	b := startPeer(t, "b", "--join", a.invite())
	a.ctl("put", "c/secret", `{"n":1}`)
	converged(t, "c", a, b)

	x := startPeer(t, "x", "--join", old)
	x.ctl("put", "c/foreign", `{"n":2}`)
	x.says(a, "refused", "wrong mesh secret")
	a.says(x, "refused", "wrong mesh secret")
	x.ctlFails([]int{1, 8}, "wait", "--converged", "--timeout", "1s")
	out := x.ctl("-o", "table", "status")
	if !strings.Contains(out, "wrong mesh secret") {
		t.Errorf("crdtctl status does not say why:\n%s", out)
	}

	b.ctl("put", "c/after", `{"n":3}`)
	a.sees("c/after", `{"n":3}`)
	x.lacks("c/secret")
	x.lacks("c/after")
	a.lacks("c/foreign")
	b.lacks("c/foreign")
	s, err := x.status()
	if err != nil {
		t.Fatal(err)
	}
	if s.of(b).Peer != "" {
		t.Errorf("the stranger was told of another member: %+v", s.Peers)
	}
	converged(t, "c", a, b)
}
