package view

import "time"

const (
	visitTime  = 10 * time.Second // a visit lasts so long, if it is not in step before
	maxGuests  = 2                // visits of others at a time
	longVisit  = 10 * time.Minute // what a guest may ask for
	farOdds    = 4                // one visit in so many is to who was out of reach
	visitGrace = 5 * time.Second  // the host waits so much longer
)

// visit begins to visit somebody, unless a visit is under way. The members that
// were out of reach have their turn too: what cut them off may be over.
func (v *View) visit() {
	for _, m := range v.which(func(m *member) bool { return m.want == visitor && v.now.After(m.held) }) {
		if m.link != none {
			return
		}
		m.want = nothing // it never came to it
	}
	far := v.o.Rand.IntN(farOdds) == 0
	m := v.any(func(m *member) bool { return m.passive() && (m.failures > 0) == far })
	if m == nil {
		m = v.any((*member).passive)
	}
	if m != nil {
		v.seek(m, visitor)
	}
}

// hold begins or prolongs a visit that the owner wants.
func (v *View) hold(peer string, d time.Duration) {
	m := v.note(Entry{Peer: peer}, false)
	if m == nil || m.link == joined {
		return
	}
	m.held = v.now.Add(min(max(d, visitTime), longVisit))
	if m.until.Before(m.held) {
		m.until = m.held
	}
	m.rest = time.Time{} // it had no room for a neighbour; this is something else
	if v.candidate(m) {
		v.seek(m, visitor)
	}
}

// release ends such a visit.
func (v *View) release(peer string) {
	m := v.members[peer]
	if m == nil {
		return
	}
	m.held, m.until = time.Time{}, v.now
	if m.want == visitor && m.link != joined {
		v.drop(m, ReasonVisited)
	}
}

// host takes a guest in, if there are not too many.
func (v *View) host(m *member, seconds uint16) {
	mine := m.want == visitor // both want to visit the other
	if !mine && v.count(func(m *member) bool { return m.link == guest && m.want == nothing }) >= maxGuests {
		v.part(m, kindFull)
		return
	}
	v.send(m, message{Kind: kindAccepted, N: 1})
	if m.link == guest {
		return
	}
	if !mine {
		m.want = nothing
		m.until = v.now.Add(max(visitTime, min(time.Duration(seconds)*time.Second, longVisit)) + visitGrace)
		m.become(guest, v.now)
		v.say(Begin{Peer: m.peer, Visit: true})
		return
	}
	v.enter(m)
}

// enter begins a visit that was accepted.
func (v *View) enter(m *member) {
	if m.want != visitor { // we asked for more: then the host counts the time
		m.want = nothing
		m.until = v.now.Add(longVisit)
	} else {
		m.until = v.now.Add(visitTime)
		if m.until.Before(m.held) {
			m.until = m.held
		}
	}
	m.become(guest, v.now)
	v.say(Begin{Peer: m.peer, Visit: true})
}

// inStep ends a visit that has nothing more to exchange.
func (v *View) inStep(peer string) {
	m := v.members[peer]
	if m != nil && m.link == guest && m.want == visitor && !v.now.Before(m.held) {
		v.drop(m, ReasonVisited)
	}
}

// visiting looks at the time of a visit. One that is not in step at its end has
// found a part of the mesh that the neighbours do not lead to, or much to
// exchange: the two become neighbours.
func (v *View) visiting(m *member) {
	late := v.now.Sub(m.until)
	switch {
	case late <= 0:
	case m.want == nothing || late > answerTime:
		v.drop(m, ReasonVisited)
	case !m.force:
		m.force = true
		v.send(m, message{Kind: kindNeighbour, N: insist, About: pack(Entry{v.o.Self, v.addrs})})
	}
}
