package node

import (
	"fmt"

	"github.com/crdtstore/crdtstore/p2p/view"
)

// passive completes the status of a peer without a session that was, or could
// be, reached: whether this node wants one with it.
func (n *Node) passive(p *peer, st *PeerStatus) {
	s, full := n.mesh.now().state(p.id)
	switch s {
	case view.Passive, view.Unknown:
		st.spare = full || s == view.Passive
		if !st.spare {
			return
		}
		st.State, st.Why = Passive, WhyNoRoom
		if full {
			st.Why = fmt.Sprintf("not among my %d sessions", n.sessions())
		}
	case view.Away:
		st.spare = full
	}
}

// sessions is how many sessions there may be.
func (n *Node) sessions() int {
	if n.options.Sessions > 0 {
		return n.options.Sessions
	}
	return view.DefaultActive
}
