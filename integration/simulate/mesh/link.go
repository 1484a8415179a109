package mesh

import (
	"fmt"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// How a connection ends when nobody says goodbye.
const (
	reasonLost     = p2p.ReasonLost
	reasonReplaced = p2p.ReasonReplaced
)

// noticed is how long a connection over which nothing gets through lives: what
// the transport's keep-alive takes to find out.
const noticed = 40 * time.Second

// link is one connection between two peers, from the moment it is there to
// its end.
type link struct {
	w       *world
	delay   time.Duration // one way
	ends    [2]*end
	streams [2]*stream // streams[i] carries what ends[i] sends
	stalled bool       // nothing gets through: a partition, or one side has no power
	over    bool
	number  int64 // of all that were ever made
}

func (l *link) String() string { return fmt.Sprintf("%s-%s", l.ends[0].peer, l.ends[1].peer) }

// connect makes a connection that a has dialled.
func (w *world) connect(a, b *peer) {
	w.cost.Connections++
	l := &link{w: w, delay: w.delay(a, b), number: w.cost.Connections}
	l.ends = [2]*end{{link: l, side: 0, peer: a}, {link: l, side: 1, peer: b}}
	for i, e := range l.ends {
		l.streams[i] = &stream{link: l, to: l.ends[1-i], free: w.now}
		if old := e.peer.ends[e.other().peer.name]; old != nil { // it came back before this side knew that it had gone
			old.lost(reasonReplaced)
		}
	}
	w.links[l] = true
	for _, e := range l.ends {
		e.start()
	}
}

// delay is the latency of the line between two peers, always the same.
func (w *world) delay(a, b *peer) time.Duration {
	dx, dy := a.x-b.x, a.y-b.y
	return time.Duration(float64(w.o.Latency) * (0.5 + meanDistance*(dx*dx+dy*dy)))
}

// meanDistance makes delay Latency on average: the mean squared distance of
// two points of the unit square is 1/3.
const meanDistance = 0.5 * 3

// stall stops or resumes what travels; a link that is stalled for long is
// lost.
func (l *link) stall(on bool) {
	if l.over || l.stalled == on {
		return
	}
	l.stalled = on
	if !on {
		l.streams[0].release()
		l.streams[1].release()
		return
	}
	began := l.w.now
	l.since(began)
}

func (l *link) since(began time.Duration) {
	l.w.after(noticed, func() {
		if l.stalled && !l.over && l.w.now-began >= noticed {
			l.drop(reasonLost)
		}
	})
}

// drop ends a connection without a word; what is on its way is lost.
func (l *link) drop(reason string) {
	for _, e := range l.ends {
		e.lost(reason)
	}
}

// finished forgets the link when both sides are done with it.
func (l *link) finished() {
	if l.ends[0].done && l.ends[1].done {
		l.over = true
		delete(l.w.links, l)
	}
}
