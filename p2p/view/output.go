package view

// Output is something to do, in the order of the list that Step returns.
type Output interface{ output() }

// Connect asks for a connection to Peer, at Addrs or wherever else it is known
// to live, and to go on trying until there is one or Disconnect says that it is
// not wanted any more. Asking twice is asking once.
type Connect struct {
	Peer  string
	Addrs []string // as its last Entry said; may be empty
}

// Disconnect ends the connection to Peer, if there is one, telling it Reason,
// and the attempts to make one.
type Disconnect struct{ Peer, Reason string }

// Cut is the Disconnect of a peer that broke the rules of this package: it is to
// be kept out for a while.
type Cut struct{ Peer, Reason string }

// Send hands Message, at most MaxMessage bytes, to the View of Peer over the
// open connection. Messages arrive in order and before anything that follows an
// Offer or a Begin.
type Send struct {
	Peer    string
	Message []byte
}

// Offer tells that Peer was just asked, and that its answer is expected to be
// yes: what follows a Begin may be sent to it at once, behind the request. What
// Peer sends is to be listened to only from Begin on. It comes once for every
// connection at most; without a Begin in the end nothing was agreed upon.
type Offer struct{ Peer string }

// Begin tells that both sides have agreed on the connection to Peer: it may be
// used from now on. It is the answer to a message of Peer, and comes once for
// every connection at most. A neighbour is wanted from then on, as if Connect
// had said so, until Disconnect.
type Begin struct {
	Peer  string
	Visit bool // for a while, not as neighbours
}

func (Connect) output()    {}
func (Disconnect) output() {}
func (Cut) output()        {}
func (Send) output()       {}
func (Offer) output()      {}
func (Begin) output()      {}
