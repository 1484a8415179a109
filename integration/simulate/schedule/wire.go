package schedule

import "slices"

// carry takes a message to the other side, as a link does, or as one does that
// keeps nothing of what it promises.
func (e *end) carry(m []byte) {
	w, o := e.link.w, e.other()
	o.inbox = append(o.inbox, m)
	if !e.link.bad || w.luck.Float64() >= 0.1 {
		return
	}
	last := len(o.inbox) - 1
	switch which := pick(w.luck, (w.may & (Drop | Duplicate | Reorder)).Each()); {
	case which == Drop:
		o.inbox = o.inbox[:last]
		w.tally["messages lost"]++
	case which == Duplicate:
		o.inbox = append(o.inbox, m)
		w.tally["messages doubled"]++
	case last > 0:
		at := w.luck.IntN(last)
		o.inbox[at], o.inbox[last] = o.inbox[last], o.inbox[at]
		w.tally["messages out of order"]++
	default:
		return
	}
	e.link.gap = true
	e.link.unmet = e.link.unmet || m[0] == kindHello || slices.ContainsFunc(o.inbox, func(m []byte) bool { return len(m) > 0 && m[0] == kindHello })
	w.tell("a message from %s to %s is lost, doubled or out of order", e.peer, o.peer)
}

// tamper makes a link a bad one, or a good one again.
func (w *world) tamper() {
	l := w.somewhere()
	l.bad = !l.bad
}

// hold makes what one side of a link sends wait, and, if doomed, be lost: the
// connection is given up.
func (w *world) hold(doomed bool) {
	l := w.somewhere()
	if !l.up {
		return
	}
	pick(w.luck, l.ends[:]).held = 5 + w.luck.IntN(40)
	if l.doomed = l.doomed || doomed; doomed {
		w.tally["links cut one way"]++
	} else {
		w.tally["links that wait"]++
	}
}

// pass lets a step pass.
func (l *link) pass() {
	waited := false
	for _, e := range l.ends {
		if e.held > 0 {
			e.held--
			waited = waited || e.held == 0
		}
	}
	if waited && l.doomed {
		l.cut()
	}
}
