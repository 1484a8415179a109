package view

import "slices"

const (
	walkHops    = 6 // of a walk that announces a newcomer
	passiveHop  = 3 // where it is noted on the way
	shuffleHops = 5 // of an exchange of samples
)

// announce sends a newcomer's name over the graph, so that it finds neighbours
// in other parts of it.
func (v *View) announce(newcomer *member) {
	about := pack(Entry{newcomer.peer, newcomer.addrs})
	for _, m := range v.which(isNeighbour) {
		if m != newcomer {
			v.send(m, message{Kind: kindWalk, N: walkHops, About: about})
		}
	}
}

// walked passes a newcomer's name on, or invites it.
func (v *View) walked(from *member, r message) {
	e := unpack(r.About)
	if e.Peer == "" || e.Peer == v.o.Self || !from.budget.take(v.now) {
		return
	}
	if r.N == passiveHop {
		v.note(e, false)
	}
	if r.N > 0 {
		next := v.any(func(m *member) bool { return m.link == joined && m != from && m.peer != e.Peer })
		if next != nil {
			r.N--
			v.send(next, message{Kind: kindWalk, N: r.N, About: r.About})
			return
		}
	}
	if m := v.note(e, false); m.passive() {
		m.force = true
		v.seek(m, neighbour)
	}
}

// shuffle sends a sample for a walk; the answer comes back the same way.
func (v *View) shuffle() {
	to := v.any(isNeighbour)
	if to == nil {
		return
	}
	v.send(to, message{
		Kind: kindShuffle, N: shuffleHops, Path: []string{v.o.Self},
		About: pack(Entry{v.o.Self, v.addrs}), Sample: v.sample(to.peer),
	})
}

// shuffled passes a sample on, or answers it with another.
func (v *View) shuffled(from *member, r message) {
	if n := len(r.Path); n == 0 || r.Path[n-1] != from.peer || !from.budget.take(v.now) {
		return
	}
	if r.N > 0 && len(r.Path) < maxHops {
		next := v.any(func(m *member) bool { return m.link == joined && !slices.Contains(r.Path, m.peer) })
		if next != nil {
			r.N--
			r.Path = append(r.Path, v.o.Self)
			v.send(next, r)
			return
		}
	}
	v.send(from, message{Kind: kindAnswer, Path: r.Path, Sample: v.sample(r.Path[0])})
	v.learn(append(r.Sample, r.About))
}

// answered takes the answer to a shuffle one hop back.
func (v *View) answered(from *member, r message) {
	n := len(r.Path)
	if n == 0 || r.Path[n-1] != v.o.Self || !from.budget.take(v.now) {
		return
	}
	if n == 1 {
		v.learn(r.Sample)
		return
	}
	if back := v.members[r.Path[n-2]]; back != nil && back.link == joined {
		r.Path = r.Path[:n-1]
		v.send(back, r)
	}
}
