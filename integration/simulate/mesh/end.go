package mesh

import (
	"cmp"
	"maps"
	"slices"
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// The bounds of package node, which are not exported there.
const (
	coalesce   = 2 * time.Millisecond // a push waits for company so long after the last one
	maxOutbox  = 8 << 20              // bytes that wait for a slow peer before it is not listened to
	maxMerging = 8 << 20              // bytes of its frames that wait for the writer
	maxTicks   = 100                  // of a session in one moment: it would keep a processor busy
	goodbye    = time.Second          // the last messages may take
)

// end is one side of a link: the connection as the peer has it and, once the
// view offers or begins one, the loop of a session (package node, session.go).
type end struct {
	link    *link
	side    int
	peer    *peer
	session *antientropy.Session // nil before the view says Offer or Begin, and after the end
	agreed  bool                 // both sides want it; it receives nothing before
	first   *message             // of the other's session, which came before that
	early   int                  // bytes that it has said before
	unsent  [][]byte             // those of its messages that wait for that

	inbox   []message       // arrived, not read
	depth   int             // of the deepest message that was read
	dirty   map[string]bool // collections that have changed since the last push
	planned time.Duration   // when the next tick is to be looked at
	ticked  [2]int64        // the moment of the last one, and how many there were in it
	pushed  time.Duration   // when changes were last pushed; meaningless before the first
	pushes  int             // so many so far
	heard   bool            // something came from the peer since then
	waiting bool            // for holdoff
	merging int             // bytes with the writer
	visit   bool            // a session for a while
	leaving bool            // the machine has closed; the last messages are on their way
	done    bool            // the peer has nothing to do with the link any more
	reason  string          // of the end
}

func (e *end) other() *end { return e.link.ends[1-e.side] }

func (e *end) stream() *stream { return e.link.streams[e.side] }

// start tells the view that the connection is there.
func (e *end) start() {
	e.dirty = map[string]bool{}
	e.peer.ends[e.other().peer.name] = e
	e.peer.connected(e)
}

// tick tells the session the time.
func (e *end) tick() { e.step(antientropy.Tick{Now: e.peer.wall()}) }

// plan makes sure that the session is told the time when it wants to be. It is
// asked after each step; an event that is too early by then looks again.
func (e *end) plan() {
	if e.session == nil || e.leaving {
		return
	}
	w := e.link.w
	at, ok := e.session.Deadline()
	if !ok {
		return
	}
	moment := w.now + max(0, at.Sub(e.peer.wall()))
	if e.planned > w.now && e.planned <= moment {
		return
	}
	e.planned = moment
	w.after(moment-w.now, func() {
		if e.planned != moment || e.session == nil {
			return
		}
		e.planned = -1
		if at, ok := e.session.Deadline(); ok && !e.peer.wall().Before(at) {
			if e.ticked[1]++; e.ticked[0] != int64(w.now) {
				e.ticked = [2]int64{int64(w.now), 1}
			} else if e.ticked[1] > maxTicks {
				w.fail("%s, in session with %s, wants tick after tick", e.peer, e.other().peer)
			}
			e.tick()
		}
		e.plan()
	})
}

// arrived takes a message from the stream.
func (e *end) arrived(m message) {
	if e.done {
		return
	}
	e.inbox = append(e.inbox, m)
	e.read()
}

// read takes in what has arrived, unless the peer or the writer has to catch
// up first.
func (e *end) read() {
	for len(e.inbox) > 0 && !e.done {
		m := e.inbox[0]
		last := m.bytes == nil
		ofView := !last && m.bytes[0] == viewKind
		if !last && !ofView && e.agreed && e.full() {
			return
		}
		e.inbox = e.inbox[1:]
		switch {
		case last:
			e.lost(cmp.Or(e.other().reason, reasonLost))
		case ofView:
			e.peer.hearView(e, m.bytes)
		case !e.agreed:
			e.asked(m)
		case e.leaving:
		default:
			e.receive(m)
		}
	}
}

// send puts a message on the line.
func (e *end) send(bytes []byte) {
	e.link.w.cost.sent(bytes)
	e.stream().send(message{bytes, e.depth + 1})
}

func (e *end) full() bool { return e.stream().queued > maxOutbox || e.merging > maxMerging }

// receive feeds one message to the session.
func (e *end) receive(m message) {
	e.depth = max(e.depth, m.depth)
	e.step(antientropy.Received{Message: m.bytes})
	if e.heard = true; e.waiting {
		e.push()
	}
}

// drained goes on when the line has taken a message.
func (e *end) drained() {
	if e.done {
		return
	}
	if e.leaving && e.stream().queued == 0 {
		e.part()
		return
	}
	e.read()
}

// changed notes that a collection has changed: it is pushed at once, unless
// the last push is under way.
func (e *end) changed(collection string) {
	if e.session == nil || e.leaving {
		return
	}
	e.dirty[collection] = true
	w := e.link.w
	wait := e.pushed + coalesce - w.now
	if e.pushes == 0 || wait <= 0 || e.heard {
		e.push()
		return
	}
	if !e.waiting {
		e.waiting = true
		w.after(wait, func() {
			if e.waiting {
				e.push()
			}
		})
	}
}

// push tells the machine what has changed.
func (e *end) push() {
	e.waiting = false
	for _, c := range slices.Sorted(maps.Keys(e.dirty)) {
		delete(e.dirty, c)
		e.step(antientropy.Changed{Collection: c})
		e.pushed, e.heard = e.link.w.now, false
		e.pushes++
	}
}
