package view

import "math"

// ask sends a request over an open connection.
func (v *View) ask(m *member) {
	r := message{Kind: kindNeighbour, About: pack(Entry{v.o.Self, v.addrs})}
	switch {
	case m.want == visitor:
		r.N = visit
		r.Seconds = uint16(min(max(m.held.Sub(v.now).Seconds(), 0), math.MaxUint16))
	case v.needy() && v.count(func(m *member) bool { return m.link == asked }) == 0:
		r.N = high
	}
	m.become(asked, v.now)
	v.send(m, r)
	if m.refusals == 0 && v.refusals == 0 { // else the session would be for nothing
		v.say(Offer{Peer: m.peer})
	}
}

// needy tells whether there are so few neighbours that nobody may turn us away.
func (v *View) needy() bool { return v.count(isNeighbour) < max(1, v.o.Active/4) }

// received handles a message.
func (v *View) received(in Received) {
	m := v.members[in.Peer]
	if m == nil || m.link == none {
		return
	}
	r, err := decode(in.Message)
	if err != nil {
		m.want, m.force, m.tried = nothing, false, false
		m.become(none, v.now)
		m.failures++
		v.say(Cut{Peer: m.peer, Reason: err.Error()})
		return
	}
	switch r.Kind {
	case kindNeighbour:
		v.requested(m, r)
	case kindAccepted:
		v.accepted(m, r)
	case kindFull, kindLeaving:
		v.turnedAway(m, r)
	case kindWalk:
		v.walked(m, r)
	case kindShuffle:
		v.shuffled(m, r)
	case kindAnswer:
		v.answered(m, r)
	}
}

// requested answers a request. If both sides have asked, both answer, and agree:
// on a visit if one of the two has asked for one.
func (v *View) requested(m *member, r message) {
	if e := unpack(r.About); e.Peer == m.peer {
		v.note(e, true)
	}
	switch {
	case m.link == joined || m.link == parting:
	case r.N == visit || m.link == asked && m.want == visitor:
		v.host(m, r.Seconds)
	case r.N == high || r.N == insist || m.force || v.taken(m) < v.o.Active:
		v.join(m)
		if r.N == high {
			v.announce(m)
		}
	default:
		v.part(m, kindFull)
	}
}

// join makes the member that asks a neighbour, and makes room for it.
func (v *View) join(m *member) {
	v.send(m, message{Kind: kindAccepted})
	v.befriend(m)
}

// befriend makes a member a neighbour. If that is one too many another one has
// to go.
func (v *View) befriend(m *member) {
	begun := m.link == guest
	m.become(joined, v.now)
	m.want, m.force, m.refusals = nothing, false, 0
	m.tried = true // whoever dialled: a neighbour that is lost is looked for
	v.refusals = 0
	if !begun {
		v.say(Begin{Peer: m.peer})
	}
	if v.count(isNeighbour) > v.o.Active {
		v.dismiss(m)
	}
}

// accepted is the answer that was hoped for. Meanwhile there may be no room
// any more.
func (v *View) accepted(m *member, r message) {
	switch {
	case m.link == guest && m.want == visitor && r.N == 0:
		v.befriend(m)
	case m.link != asked:
	case r.N == 1:
		v.enter(m)
	case v.count(isNeighbour) >= v.o.Active && !m.force:
		v.part(m, kindLeaving)
		v.restFor(m, restMin)
	default:
		v.befriend(m)
	}
}

// turnedAway is the end of a connection that the peer has no room for.
func (v *View) turnedAway(m *member, r message) {
	v.learn(r.Sample)
	if m.want == visitor {
		v.restFor(m, pauseMin)
		v.drop(m, ReasonNoRoom)
		return
	}
	if r.Kind == kindFull {
		m.refusals++
		v.refusals++
		v.pause = v.soon(doubled(pauseMin, pauseMax, v.refusals))
	}
	v.restFor(m, doubled(restMin, restMax, m.refusals))
	v.drop(m, ReasonNoRoom)
}
