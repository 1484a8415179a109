package view

import (
	"math/rand/v2"
	"slices"
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
	Away                    // the same, and out of reach when it was last tried
	Connecting              // wanted, or not agreed upon yet
	Neighbour               // in the active view
	Visiting                // connected for a while
)

// View is the two views of one peer and what it is about to do about them. It
// is not safe for concurrent use.
type View struct {
	o       Options
	now     time.Time
	addrs   []string // the own
	members map[string]*member
	list    []*member // the same, in the order of their coming, for the draws
	out     []Output

	refusals    int       // requests in a row that nobody had room for
	pause       time.Time // the next request waits so long
	nextShuffle time.Time
	nextVisit   time.Time
}

// New makes a View that knows nobody.
func New(o Options) *View {
	if o.Active <= 0 {
		o.Active = DefaultActive
	}
	if o.Passive <= 0 {
		o.Passive = DefaultPassive
	}
	if o.ShuffleEvery <= 0 {
		o.ShuffleEvery = DefaultShuffleEvery
	}
	if o.VisitEvery <= 0 {
		o.VisitEvery = DefaultVisitEvery
	}
	return &View{o: o, members: map[string]*member{}}
}

// Step tells the View that in happened at now, and returns what to do.
func (v *View) Step(now time.Time, in Input) []Output {
	v.now, v.out = now, nil
	if v.nextVisit.IsZero() {
		v.nextShuffle, v.nextVisit = v.soon(v.o.ShuffleEvery), v.soon(v.o.VisitEvery)
	}
	switch in := in.(type) {
	case Known:
		v.known(in.Peers)
	case Up:
		v.up(in.Peer)
	case Down:
		v.down(in.Peer)
	case Failed:
		v.failed(in.Peer)
	case Received:
		v.received(in)
	case InStep:
		v.inStep(in.Peer)
	case Visit:
		v.hold(in.Peer, in.For)
	case Leave:
		v.release(in.Peer)
	case Limit:
		v.limit(in.Active)
	case Tick:
		v.tick()
	}
	v.fill()
	v.settle()
	return v.out
}

// say adds to what Step returns.
func (v *View) say(o Output) { v.out = append(v.out, o) }

// send sends a message to a member.
func (v *View) send(to *member, m message) { v.say(Send{Peer: to.peer, Message: m.encode()}) }

// soon is a moment at about d from now: a half of d to one and a half, so that
// peers that began together do not stay together.
func (v *View) soon(d time.Duration) time.Time {
	return v.now.Add(d/2 + time.Duration(v.o.Rand.Int64N(int64(d)+1)))
}

// State tells how the View stands to a peer.
func (v *View) State(peer string) State {
	m := v.members[peer]
	switch {
	case m == nil:
		return Unknown
	case m.link == joined:
		return Neighbour
	case m.link == guest:
		return Visiting
	case m.failures > 0:
		return Away
	case m.want != nothing || m.link != none:
		return Connecting
	}
	return Passive
}

// Neighbours lists the active view in the order of the ids.
func (v *View) Neighbours() []string {
	var out []string
	for _, m := range v.which(isNeighbour) {
		out = append(out, m.peer)
	}
	slices.Sort(out)
	return out
}

// Full tells whether there are as many neighbours as there may be.
func (v *View) Full() bool { return v.count(isNeighbour) >= v.o.Active }

func isNeighbour(m *member) bool { return m.link == joined }
