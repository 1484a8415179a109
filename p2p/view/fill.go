package view

import "time"

const (
	restMin  = 10 * time.Second // a peer without room is not asked again before
	restMax  = 5 * time.Minute
	pauseMin = time.Second // between requests while nobody has room
	pauseMax = time.Minute
)

// doubled is least, doubled for each further time, at most most.
func doubled(least, most time.Duration, times int) time.Duration {
	d := least
	for i := 1; i < times && d < most; i++ {
		d *= 2
	}
	return min(d, most)
}

// fill asks passive members to be neighbours while there is room. Those that
// were out of reach take no place: they are all tried, if need be, as the
// network sees fit.
func (v *View) fill() {
	if v.count(isNeighbour) >= v.o.Active {
		for _, m := range v.which(func(m *member) bool { return m.want == neighbour && m.link == none && !m.force }) {
			m.want = nothing
		}
		return
	}
	for v.taken(nil) < v.o.Active && v.mayAsk() {
		m := v.any(func(m *member) bool { return v.candidate(m) && m.failures == 0 })
		if m == nil {
			break
		}
		v.seek(m, neighbour)
	}
	if v.taken(nil) >= v.o.Active {
		return
	}
	for _, m := range v.which(func(m *member) bool { return v.candidate(m) && m.failures > 0 }) {
		v.seek(m, neighbour)
	}
}

// restFor lets a while pass before a member is asked again, but not long while
// the owner wants to visit it.
func (v *View) restFor(m *member, d time.Duration) {
	if v.now.Before(m.held) {
		d = min(d, pauseMin)
	}
	m.rest = v.soon(d)
}

// candidate tells whether a member may be asked to be a neighbour now.
func (v *View) candidate(m *member) bool {
	return m.want == nothing && (m.link == none || m.link == open) && !v.now.Before(m.rest)
}

// taken counts the places that neighbours have, and those, except one, that may
// become it soon.
func (v *View) taken(except *member) int {
	return v.count(func(m *member) bool {
		return m.link == joined || m.want == neighbour && m.failures == 0 && m.link != parting && m != except
	})
}

// mayAsk spaces the requests out while nobody has room.
func (v *View) mayAsk() bool {
	if v.refusals == 0 {
		return true
	}
	return !v.now.Before(v.pause) && v.taken(nil) == v.count(isNeighbour)
}

// seek wants a connection to a member.
func (v *View) seek(m *member, w want) {
	m.want = w
	if m.link == open {
		v.ask(m)
		return
	}
	m.tried, m.sought = true, v.now
	v.say(Connect{Peer: m.peer, Addrs: m.addrs})
}

// limit changes how many neighbours there may be.
func (v *View) limit(active int) {
	if active <= 0 {
		active = DefaultActive
	}
	v.o.Active = active
	for v.count(isNeighbour) > active {
		v.dismiss(nil)
	}
}

// dismiss parts with a neighbour, any but one.
func (v *View) dismiss(except *member) {
	if m := v.any(func(m *member) bool { return m.link == joined && m != except }); m != nil {
		v.part(m, kindLeaving)
		v.restFor(m, restMin)
	}
}
