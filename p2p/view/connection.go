package view

import "time"

const (
	answerTime = 20 * time.Second // a request waits so long for its answer
	askTime    = 5 * time.Second  // a connection waits so long for a request
	reachTime  = 30 * time.Second // an attempt that comes to nothing in so long has failed
	partTime   = 5 * time.Second  // who was told to go is given so long
)

// Reasons of a Disconnect.
const (
	// ReasonNoRoom: one side has as many neighbours as it may have.
	ReasonNoRoom = "no room for another neighbour"
	// ReasonVisited: a visit is over.
	ReasonVisited = "visit over"
	// ReasonSilent: nobody asked for, or nobody answered about, the connection.
	ReasonSilent = "nothing agreed upon in time"
	// ReasonUnwanted: the connection is not needed any more.
	ReasonUnwanted = "not among the neighbours"
)

func (v *View) known(peers []Entry) {
	for _, e := range peers {
		if e.Peer == v.o.Self {
			v.addrs = e.Addrs
			continue
		}
		v.note(e, true)
	}
}

func (v *View) up(peer string) {
	m := v.note(Entry{Peer: peer}, false)
	if m == nil {
		return
	}
	if m.link != none {
		v.down(peer)
	}
	m.failures = 0
	m.become(open, v.now)
	if m.want != nothing {
		v.ask(m)
	}
}

func (v *View) down(peer string) {
	m := v.members[peer]
	if m == nil || m.link == none {
		return
	}
	was := m.link
	m.become(none, v.now)
	m.force = false
	if was == asked { // it did not like what we asked
		v.restFor(m, time.Second)
	}
	m.want = nothing
}

func (v *View) failed(peer string) {
	m := v.members[peer]
	if m == nil || m.link != none {
		return
	}
	m.failures++
	m.force = false
	if m.want == visitor && v.now.After(m.held) {
		m.want = nothing
	}
}

// drop ends a connection, if there is one, and the wish for one.
func (v *View) drop(m *member, reason string) {
	m.want, m.force, m.tried = nothing, false, false
	m.become(none, v.now)
	v.say(Disconnect{Peer: m.peer, Reason: reason})
}

// part tells a member that the connection is over and why; it is to end it, so
// that the message is read.
func (v *View) part(m *member, k kind) {
	v.send(m, message{Kind: k, Sample: v.sample(m.peer)})
	m.want, m.force = nothing, false
	m.become(parting, v.now)
}

// tick looks after what takes too long, and at what is due.
func (v *View) tick() {
	for _, m := range v.which(func(m *member) bool { return m.link != none }) {
		age := v.now.Sub(m.since)
		switch {
		case m.link == parting && age > partTime:
			v.drop(m, ReasonNoRoom)
		case m.link == asked && age > answerTime:
			v.drop(m, ReasonSilent)
			m.failures++
			m.refusals++
			v.restFor(m, doubled(restMin, restMax, m.refusals))
		case m.link == open && age > askTime:
			v.drop(m, ReasonSilent)
			v.restFor(m, restMin)
		case m.link == guest:
			v.visiting(m)
		}
	}
	for _, m := range v.which(func(m *member) bool { return m.link == none && m.want != nothing }) {
		if m.failures == 0 && v.now.Sub(m.sought) > reachTime {
			v.failed(m.peer)
		}
	}
	for _, m := range v.which(func(m *member) bool { return m.passive() && v.now.Before(m.held) && !v.now.Before(m.rest) }) {
		v.seek(m, visitor)
	}
	if v.now.After(v.nextShuffle) {
		v.nextShuffle = v.soon(v.o.ShuffleEvery)
		v.shuffle()
	}
	if v.now.After(v.nextVisit) {
		v.nextVisit = v.soon(v.o.VisitEvery)
		v.visit()
	}
}

// settle takes back the wish for connections that nothing needs any more.
func (v *View) settle() {
	for _, m := range v.which(func(m *member) bool { return m.tried && m.passive() }) {
		v.drop(m, ReasonUnwanted)
	}
}
