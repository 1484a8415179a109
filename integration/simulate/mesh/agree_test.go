package mesh

import (
	"testing"
	"time"
)

// TestSessionBehindTheRequest: two peers that choose each other exchange what
// differs one and a half round trips after they are connected, as nodes do: the
// session does not wait for the answer to the request.
func TestSessionBehindTheRequest(t *testing.T) {
	const latency = 100 * time.Millisecond
	w := newWorld(Options{Documents: 1000, Missed: 100, Latency: latency, Bandwidth: 1 << 30, Commit: 1, Sync: 1}.withDefaults())
	for i, p := range w.peers {
		p.x, p.y = float64(i)/3, float64(i)/3
	}
	delay := w.delay(w.peers[0], w.peers[1])
	w.load()
	for _, p := range w.peers {
		p.start()
	}
	connected := func() bool { return len(w.links) > 0 }
	w.await(time.Millisecond, connected, func() string { return "connected" })
	up := w.now
	w.await(time.Millisecond, w.same, w.whatIsMissing)
	if trips := float64(w.now-up) / float64(2*delay); trips < 1.4 || trips > 1.6 {
		t.Errorf("%.2f round trips from the connection until both hold the same", trips)
	}
	if w.cost.Sessions != 2 {
		t.Errorf("%d ends of sessions", w.cost.Sessions)
	}
}
