package integration

import "testing"

// TestAllRestartedAtOnce: peers that listen on any port, look for nobody, and
// know each other by address alone meet again when all were stopped before one
// of them came back.
func TestAllRestartedAtOnce(t *testing.T) {
	t.Parallel()
	a, b := newPeer(t, "a"), newPeer(t, "b")
	a.port, b.port = 0, 0
	a.start()
	b.start("--join", a.invite())
	a.ctl("put", "w/before", `{"n":1}`)
	b.sees("w/before", `{"n":1}`)
	b.kill()
	a.stop()
	for _, p := range []*peer{a, b} {
		p.restart()
	}
	a.ctl("put", "w/after", `{"n":2}`)
	b.sees("w/after", `{"n":2}`)
}
