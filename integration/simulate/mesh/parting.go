package mesh

import antientropy "github.com/crdtstore/crdtstore/sync"

// hangUp ends a connection because the view wants it no more.
func (e *end) hangUp(reason string) {
	if !e.done && !e.leaving {
		e.reason = reason
		e.part()
	}
}

// leave sends what is left, for a moment, and then ends the connection.
func (e *end) leave(reason string) {
	e.leaving, e.reason = true, reason
	e.link.w.after(goodbye, func() {
		if !e.done {
			e.part()
		}
	})
	e.link.w.after(0, e.drained)
}

// part ends the connection on this side; the other learns it behind the last
// message.
func (e *end) part() {
	e.stream().send(message{})
	e.lost(e.reason)
}

// lost ends what this side has to do with the connection.
func (e *end) lost(reason string) {
	if e.done {
		return
	}
	e.done = true
	if e.session != nil {
		e.session.Step(antientropy.Stop{}) // releases its snapshots
		e.session = nil
		e.peer.feeders.ended(e)
	}
	e.inbox = nil
	if e.reason == "" {
		e.reason = reason
	}
	if name := e.other().peer.name; e.peer.ends[name] == e {
		delete(e.peer.ends, name)
		e.peer.disconnected(name, reason)
	}
	if !e.stream().shut {
		e.stream().send(message{})
	}
	e.link.finished()
}
