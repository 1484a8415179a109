package contract

// The actions of POST /v1/sync.
const (
	ActionSync   = "sync"   // reconcile now, and wait for it; "" means the same
	ActionPause  = "pause"  // stop exchanging documents
	ActionResume = "resume" // end a pause
)

// SyncRequest is the body of POST /v1/sync; an empty body syncs with all.
type SyncRequest struct {
	Action string `json:"action,omitempty"`
	Peer   string `json:"peer,omitempty"` // PeerID or name; "" is all
}

// PeerSync is the outcome with one peer.
type PeerSync struct {
	Peer      string `json:"peer"`
	Name      string `json:"name"`
	Converged bool   `json:"converged"`
	Why       string `json:"why"`      // when not converged
	Received  int    `json:"received"` // documents that the peer sent meanwhile
}

// SyncReport is the answer of POST /v1/sync.
type SyncReport struct {
	Action string     `json:"action"`
	Peers  []PeerSync `json:"peers"`
	Took   float64    `json:"took"` // milliseconds
}

// Converged reports whether every peer of the report is in sync.
func (r SyncReport) Converged() bool {
	for _, p := range r.Peers {
		if !p.Converged {
			return false
		}
	}
	return true
}

// Invite is the answer of POST /v1/invites.
type Invite struct {
	Invite string `json:"invite"` // makes another node a member; a secret
}
