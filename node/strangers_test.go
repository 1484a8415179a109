package node

import (
	"fmt"
	"testing"
	"time"
)

// Whoever is refused can come again under another name, for ever.
func TestStrangersAreForgotten(t *testing.T) {
	m := &mesh{peers: map[string]*peer{}}
	member := m.peer("member")
	member.setAddrs([]string{"/ip4/10.0.0.1/tcp/1"})
	paused := m.peer("paused")
	paused.setPaused(true)
	there := m.peer("there")
	there.setSession(new(session), time.Now())
	for i := range 3 * maxPeers {
		m.peer(fmt.Sprintf("stranger %d", i)).setReason("wrong mesh secret")
	}
	if n := len(m.peers); n > maxPeers {
		t.Errorf("%d peers are remembered, at most %d should be", n, maxPeers)
	}
	for _, p := range []*peer{member, paused, there} {
		if m.peers[p.id] != p {
			t.Errorf("%s was forgotten", p.id)
		}
	}
	if last := fmt.Sprintf("stranger %d", 3*maxPeers-1); m.peers[last] == nil {
		t.Errorf("%s is not remembered", last)
	}
	delete(m.peers, "there")
	m.keep(there)
	if m.peer("there") != there {
		t.Error("a peer with a session was made anew")
	}
}
