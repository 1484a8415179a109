package node

import (
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// hurryEvery is how often peers are hurried at most. What is repaired again and again, or never, is not to
// keep peers busy with sessions that end.
const hurryEvery = 30 * time.Second

// hurry forgets how often those could not be reached whose session ends, or has ended, because of the store of this node, which is
// mended by now: the wait for the next session is that after a first failure. Else each session that met damage
// would have made the wait longer for what was no fault of the peer, and healing would take as
// long as there was something to heal.
func (m *mesh) hurry() {
	m.mu.Lock()
	now := time.Now()
	soon := !m.hurried.IsZero() && now.Sub(m.hurried) < hurryEvery
	if !soon {
		m.hurried = now
	}
	m.mu.Unlock()
	if soon {
		return
	}
	net := m.network()
	refused := map[string]bool{}
	for _, r := range net.Peers() {
		refused[r.ID] = r.State == p2p.StateRefused
	}
	for _, p := range m.all() {
		if addrs := p.toHurry(); len(addrs) > 0 && !refused[p.id] {
			_ = net.Add(addrs...) // the network has told them
		}
	}
}

// toHurry is where a peer lives, if the store here has ended the session with it, or is about to.
func (p *peer) toHurry() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == nil && p.early == nil && !p.ours {
		return nil
	}
	p.ours = false
	return p.addrs
}
