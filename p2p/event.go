package p2p

import (
	"fmt"
	"time"
)

// Kind says what an Event is about.
type Kind uint8

// The kinds of events.
const (
	// Up: a member is connected; Conn is the connection to it. A second Up
	// of a peer comes only after its Down.
	Up Kind = iota + 1
	// Down: the Conn of the last Up of Peer has ended; Reason says why. A peer
	// that is wanted is tried again.
	Down
	// Refused: Peer and we do not belong together, or it misbehaved; Reason
	// says why. It is tried again, and let in again, after 1 min to 24 h.
	Refused
	// Unreachable: Peer did not answer at any of Addrs; Reason says why. It
	// is tried again after a backoff.
	Unreachable
	// Learned: the member Peer can be reached at Addrs. They replace the
	// ones known before; worth keeping across restarts.
	Learned
	// Heard: somebody, not Peer itself, says that Peer can be reached at
	// Addrs: a member, or mDNS. Nobody has proven that it exists.
	Heard
)

var kindNames = [...]string{Up: "up", Down: "down", Refused: "refused", Unreachable: "unreachable", Learned: "learned", Heard: "heard"}

// String is the kind in one word.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Event is one thing that happened on a Network.
type Event struct {
	Kind   Kind
	Peer   string   // always set
	Conn   Conn     // of Up
	Addrs  []string // of Learned, Heard and Unreachable, each ending in the peer id
	Reason string   // of Down, Refused and Unreachable: printable text, one line
}

// State is how we stand with a peer.
type State uint8

// The states of a peer.
const (
	// StateTrying: known by an address, not reached yet.
	StateTrying State = iota + 1
	// StateUp: connected and proven.
	StateUp
	// StateDown: not connected; it went, or it does not answer.
	StateDown
	// StateRefused: kept out, by us or by it.
	StateRefused
)

var stateNames = [...]string{StateTrying: "trying", StateUp: "up", StateDown: "down", StateRefused: "refused"}

// String is the state in one word.
func (s State) String() string {
	if int(s) < len(stateNames) && stateNames[s] != "" {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// Peer is what a Network knows of one peer.
type Peer struct {
	ID     string
	State  State
	Reason string    // why it is down or refused; "" while up or trying
	Since  time.Time // when State began
	Next   time.Time // when it is tried next; zero while up, unwanted, or without address
	Addrs  []string  // where it is tried, each ending in the peer id
	Member bool      // has proven the secret to us at least once
	Failed int       // proofs that failed, and cuts, that count: see Conn.Cut
}
