package view

import "slices"

// note finds or makes the member of an Entry; nil for ourselves. Addresses that
// are vouched for replace those known; others only those that did not work.
func (v *View) note(e Entry, vouched bool) *member {
	if e.Peer == v.o.Self || e.Peer == "" {
		return nil
	}
	m := v.members[e.Peer]
	if m == nil {
		v.makeRoom()
		m = &member{peer: e.Peer, addrs: slices.Clone(e.Addrs)}
		v.members[e.Peer] = m
		v.list = append(v.list, m)
		return m
	}
	if len(e.Addrs) == 0 || !vouched && slices.Equal(m.addrs, e.Addrs) {
		return m
	}
	if m.failures > 0 { // it may be there
		m.failures, m.sought = 0, v.now
		if m.tried {
			v.say(Connect{Peer: m.peer, Addrs: e.Addrs})
		}
		m.addrs = nil
	}
	if vouched || len(m.addrs) == 0 {
		m.addrs = slices.Clone(e.Addrs)
	}
	return m
}

// makeRoom forgets a member that is not connected if there are too many: one
// that was out of reach if there is one, else any.
func (v *View) makeRoom() {
	passive := v.which(func(m *member) bool {
		return m.link == none && (m.want == nothing || m.failures > 0) && !v.now.Before(m.held)
	})
	if len(passive) < v.o.Passive {
		return
	}
	failed := slices.DeleteFunc(slices.Clone(passive), func(m *member) bool { return m.failures == 0 })
	if len(failed) > 0 {
		passive = failed
	}
	v.forget(passive[v.o.Rand.IntN(len(passive))])
}

func (v *View) forget(m *member) {
	if m.tried {
		v.say(Disconnect{Peer: m.peer, Reason: "not among the peers remembered"})
	}
	delete(v.members, m.peer)
	v.list = slices.DeleteFunc(v.list, func(other *member) bool { return other == m })
}

// which lists the members that fit, in the order in which they became known.
func (v *View) which(fits func(*member) bool) []*member {
	var out []*member
	for _, m := range v.list {
		if fits(m) {
			out = append(out, m)
		}
	}
	return out
}

// any draws one of the members that fit; nil if there is none.
func (v *View) any(fits func(*member) bool) *member {
	all := v.which(fits)
	if len(all) == 0 {
		return nil
	}
	return all[v.o.Rand.IntN(len(all))]
}

func (v *View) count(fits func(*member) bool) int {
	n := 0
	for _, m := range v.list {
		if fits(m) {
			n++
		}
	}
	return n
}

// sample draws members to name to the peer: not itself, and nobody out of
// reach.
func (v *View) sample(to string) [][]string {
	all := v.which(func(m *member) bool { return m.peer != to && m.failures == 0 })
	v.o.Rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var out [][]string
	for _, m := range all[:min(len(all), maxSample)] {
		out = append(out, pack(Entry{m.peer, m.addrs}))
	}
	return out
}

// learn notes a sample.
func (v *View) learn(sample [][]string) {
	for _, e := range sample {
		v.note(unpack(e), false)
	}
}
