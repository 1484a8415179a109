package schedule

import (
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// jump puts a clock forward or back.
func (w *world) jump() {
	p := w.someone()
	was := p.now()
	p.skew = pick(w.luck, []time.Duration{
		0, 24 * time.Hour, -24 * time.Hour, p.skew + time.Hour, p.skew - time.Hour,
		time.UnixMilli(0).Sub(w.now), 50 * 365 * 24 * time.Hour,
	})
	w.tally["clocks that jump"]++
	w.tell("the clock of %s says %s, and said %s", p, p.now(), was)
}

// observe lets a timestamp of another peer drag the clock of p as far as it may.
func (p *peer) observe(t crdt.Timestamp) {
	before := p.hlc.Last()
	p.w.seams.observe(p, t)
	if most := max(before, crdt.TimestampAt(p.now().Add(crdt.MaxDrag))); p.hlc.Last() > most {
		p.w.fail("the clock of %s stands at %s; it was dragged there by %s, and may go to %s", p, p.hlc.Last(), t, most)
	}
}

// inOrder checks what p takes for a transaction that it has made: a time after all
// that it has stamped before, and dots that nobody has taken.
func (w *world) inOrder(p *peer, coll string, first, head crdt.Dot, at crdt.Timestamp) {
	for _, o := range w.ops {
		if o.lost || o.address.collection != coll || o.head.Replica != head.Replica {
			continue
		}
		if o.head.Counter >= first.Counter {
			w.fail("%s writes %s..%s of %s, and %s has taken up to %s", p, first, head, coll, o.peer, o.head)
		}
		if o.time >= at {
			w.fail("%s writes %s at %s, and %s of the same replica is of %s", p, head, at, o.head, o.time)
		}
	}
}

// leaveForLong keeps a peer away for hours or 400 days, while it goes on writing
// and others forget what they have removed.
func (w *world) leaveForLong() {
	p := w.someone()
	p.asleep = 20 + w.luck.IntN(100)
	w.cutOff(p)
	away := 400 * 24 * time.Hour
	if w.luck.IntN(3) == 0 {
		away = time.Duration(1+w.luck.IntN(20)) * time.Hour
	}
	for _, l := range w.links {
		l.cut() // nobody's connection lasts so long
	}
	w.now = w.now.Add(away)
	w.tally["peers away for 400 days"]++
	w.tell("%s is away for %s", p, away)
	for _, q := range w.peers {
		for range w.luck.IntN(3) {
			if q == p {
				q.write()
			} else {
				q.remove()
				q.forgetRemovals(pick(w.luck, w.collections))
			}
		}
	}
}
