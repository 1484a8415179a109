package view

import "time"

// Input is something that happened, for Step.
type Input interface{ input() }

// Known tells of peers and where they can be reached: from the user, from a
// former run, from the network. An Entry of Options.Self tells the own
// addresses, which others learn with each request.
type Known struct{ Peers []Entry }

// Up tells that a connection to Peer is open, whoever dialled.
type Up struct{ Peer string }

// Down tells that the connection to Peer has ended. It follows every Up, also
// after a Disconnect.
type Down struct{ Peer string }

// Failed tells that an attempt to reach Peer, which Connect asked for, failed,
// or that Peer is kept out. The network goes on trying, less and less often,
// until Disconnect.
type Failed struct{ Peer string }

// Received is a message of the View of Peer, of at most MaxMessage bytes, that
// came over the open connection.
type Received struct {
	Peer    string
	Message []byte
}

// InStep tells that nothing is missing on either side of the connection to
// Peer: a visit may end.
type InStep struct{ Peer string }

// Visit asks for a connection to Peer although it is no neighbour: until both
// are in step, or For has passed since it was open; at least ten seconds.
type Visit struct {
	Peer string
	For  time.Duration
}

// Leave tells that a Visit has served its purpose.
type Leave struct{ Peer string }

// Limit changes how many neighbours there may be; 0 means the default.
type Limit struct{ Active int }

// Tick tells that time has passed. A View wants one at least every second.
type Tick struct{}

func (Known) input()    {}
func (Up) input()       {}
func (Down) input()     {}
func (Failed) input()   {}
func (Received) input() {}
func (InStep) input()   {}
func (Visit) input()    {}
func (Leave) input()    {}
func (Limit) input()    {}
func (Tick) input()     {}
