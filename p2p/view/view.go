package view

import (
	"math/rand/v2"
	"time"
)

// Defaults of Options.
const (
	DefaultActive       = 8
	DefaultPassive      = 128
	DefaultShuffleEvery = 30 * time.Second
	DefaultVisitEvery   = time.Minute
)

// Entry is a peer and where it can be reached.
type Entry struct {
	Peer  string
	Addrs []string
}

// Options of a View. Self and Rand are needed; what is zero takes its default.
type Options struct {
	Self    string     // the own peer id
	Active  int        // neighbours at most
	Passive int        // others remembered at most
	Rand    *rand.Rand // every choice is drawn from it

	ShuffleEvery time.Duration // between two exchanges of samples
	VisitEvery   time.Duration // between two visits
}

// State is how a View stands to a peer.
type State uint8

// The states of a peer in a View.
const (
	Unknown    State = iota // never heard of, or forgotten
	Passive                 // known, without a connection
	Connecting              // wanted, or not agreed upon yet
	Neighbour               // in the active view
	Visiting                // connected for a while
)

// View is the two views of one peer and what it is about to do about them. It
// is not safe for concurrent use.
type View struct {
	o Options
}

// New makes a View that knows nobody.
func New(o Options) *View { return &View{o: o} }

// Step tells the View that in happened at now, and returns what to do.
func (v *View) Step(now time.Time, in Input) []Output { return nil }

// State tells how the View stands to a peer.
func (v *View) State(peer string) State { return Unknown }

// Neighbours lists the active view in the order of the ids.
func (v *View) Neighbours() []string { return nil }
