package schedule

import (
	"time"

	antientropy "github.com/crdtstore/crdtstore/sync"
)

// Patience is how many rounds, of a second each, it may take until all peers of the
// core know what one of them has known, while faults go on elsewhere.
const Patience = 8

// found makes some peers the core of a schedule of Liveness: connected with each
// other, whole, honest, and spared. All others are not.
func (w *world) found() {
	if len(w.peers) == 2 {
		w.join(w.newPeer("Z"))
	}
	w.peers[0].core, w.peers[1].core = true, true
	for _, p := range w.peers[2 : len(w.peers)-1] {
		p.core = w.luck.IntN(2) == 0 && w.linkOf(p, w.peers[0]) != nil
	}
}

// join adds a peer, and links it with all others.
func (w *world) join(q *peer) {
	for _, r := range w.peers {
		l := &link{w: w}
		l.ends = [2]*end{{link: l, peer: r}, {link: l, peer: q}}
		w.links = append(w.links, l)
	}
	w.peers = append(w.peers, q)
}

// core reports whether a link is between peers of the core.
func (l *link) core() bool { return l.ends[0].peer.core && l.ends[1].peer.core }

// someone is a peer, of those to which things happen.
func (w *world) someone() *peer {
	for {
		if p := pick(w.luck, w.peers); !p.core {
			return p
		}
	}
}

// somewhere is a link, of those to which things happen.
func (w *world) somewhere() *link {
	for {
		if l := pick(w.luck, w.links); !l.core() {
			return l
		}
	}
}

// live checks that the core comes to know, in time, what any of it knows by now, and
// holds every mark, whatever happens to all others meanwhile.
func (w *world) live() {
	var known opset
	var marks []*mark
	for _, p := range w.peers {
		if !p.core {
			continue
		}
		for _, g := range p.ghosts.each() {
			known.union(g.seen)
		}
		for _, m := range w.marks {
			if p.has(m) {
				marks = append(marks, m)
			}
		}
	}
	for range Patience {
		w.round()
		for range 12 {
			w.step()
			w.afflict()
		}
	}
	w.round()
	for _, p := range w.peers {
		if !p.core {
			continue
		}
		for _, o := range w.ops {
			if known.has(o.index) && !o.lost && !w.loose[o.address] && !p.ghosts.at(o.address).seen.has(o.index) {
				w.fail("liveness: after %d rounds %s does not know %s of %s, which others of the core knew", Patience, p, o.head, o.address)
			}
		}
		for _, m := range marks {
			if !p.has(m) {
				w.fail("liveness: after %d rounds %s does not hold %s, which others of the core held", Patience, p, m.address)
			}
		}
	}
	w.tally["cores that lived"]++
}

// round lets a second pass for the core: what is between its peers arrives, and is
// committed.
func (w *world) round() {
	w.now = w.now.Add(time.Second)
	for _, l := range w.links {
		if !l.core() {
			continue
		}
		if !l.up {
			l.connect()
		}
		for _, e := range l.ends {
			e.tell()
			e.step(antientropy.Tick{Now: w.now})
		}
	}
	w.drain(func(p *peer) bool { return p.core }, (*link).core)
}
