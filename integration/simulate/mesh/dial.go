package mesh

import (
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/view"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

const (
	// viewKind begins the messages between views, which sessions never see.
	viewKind = 128
	// dialTimeout is what an attempt takes that nobody answers.
	dialTimeout = 5 * time.Second
	// viewEvery is how often a view is told the time.
	viewEvery = time.Second
)

// dialling is a peer that is wanted and not connected.
type dialling struct {
	failures int
	since    time.Duration // of the last attempt; one at a time
}

// tellGraph feeds the view and does what it says.
func (p *peer) tellGraph(in view.Input) {
	for _, out := range p.graph.Step(p.wall(), in) {
		if !p.up {
			return
		}
		switch o := out.(type) {
		case view.Connect:
			p.want(o.Peer)
		case view.Disconnect:
			delete(p.wanted, o.Peer)
			if e := p.ends[o.Peer]; e != nil {
				e.hangUp(o.Reason)
			}
		case view.Cut:
			p.w.fail("%s cuts %s: %s", p, o.Peer, o.Reason)
		case view.Send:
			if e := p.ends[o.Peer]; e != nil && !e.leaving {
				e.send(append([]byte{viewKind}, o.Message...))
			}
		case view.Offer:
			if e := p.ends[o.Peer]; e != nil {
				e.begin()
			}
		case view.Begin:
			if e := p.ends[o.Peer]; e != nil {
				e.agree(o.Visit)
			}
		}
	}
}

// hearView hands a message of the other's view over.
func (p *peer) hearView(e *end, m []byte) {
	p.tellGraph(view.Received{Peer: e.other().name(), Message: m[1:]})
}

func (e *end) name() string { return e.peer.name }

// connected tells the view of a connection. Who was met is remembered over
// restarts; a member tells those that it meets whom it has met.
func (p *peer) connected(e *end) {
	w, other := p.w, e.other().peer
	delete(p.wanted, other.name)
	w.after(0, func() {
		if p.ends[other.name] == e {
			p.tellGraph(view.Up{Peer: other.name})
		}
	})
	if w.o.Graph != Views {
		return
	}
	if !slices.Contains(p.knows, other) {
		p.knows = append(p.knows, other)
	}
	told := entries(p.knows[max(0, len(p.knows)-maxGossiped):])
	w.after(e.link.delay, func() {
		if other.up && other.ends[p.name] == e.other() {
			other.tellGraph(view.Known{Peers: told})
		}
	})
}

// maxGossiped is how many members the transport names to a new connection.
const maxGossiped = 64

// entries name peers as views do. A simulated peer lives at its name.
func entries(peers []*peer) (all []view.Entry) {
	for _, q := range peers {
		all = append(all, view.Entry{Peer: q.name, Addrs: []string{q.name}})
	}
	return all
}

// disconnected tells the view that a connection has ended.
func (p *peer) disconnected(name, reason string) {
	p.w.tell("%s loses %s: %s", p, name, reason)
	if p.up {
		p.tellGraph(view.Down{Peer: name})
	}
}

// opening is how long a peer may take to name its collections.
const opening = 200 * time.Millisecond

// inStep tells the view that a visit has nothing left to do, a little later: if
// it is still so then.
func (e *end) inStep() {
	if !e.visit {
		return
	}
	e.link.w.after(opening, func() {
		if e.session == nil || e.leaving {
			return
		}
		for _, c := range e.session.Status() {
			if c.Phase != antientropy.PhaseInStep && c.Phase != antientropy.PhaseConverged {
				return
			}
		}
		e.peer.tellGraph(view.InStep{Peer: e.other().name()})
	})
}

// tickGraph tells the view the time, while the process runs.
func (p *peer) tickGraph(run int) {
	p.w.after(viewEvery, func() {
		if p.up && p.run == run {
			p.tellGraph(view.Tick{})
			p.tickGraph(run)
		}
	})
}

// want begins to dial a peer, again and again until it is there or not wanted
// any more.
func (p *peer) want(name string) {
	if p.wanted[name] == nil && p.ends[name] == nil && name != p.name {
		d := &dialling{}
		p.wanted[name] = d
		p.dial(name, d)
	}
}

// dial makes one attempt: connecting and proving membership takes three round
// trips.
func (p *peer) dial(name string, d *dialling) {
	w, q := p.w, p.w.byName[name]
	if q == nil || p.wanted[name] != d || !p.up {
		return
	}
	takes := 6 * w.delay(p, q)
	switch {
	case w.apart(p, q) || q.dark:
		takes = dialTimeout
	case !q.up:
		takes = 2 * w.delay(p, q) // refused
	}
	w.cost.Dials++
	w.after(takes, func() {
		if p.wanted[name] != d || !p.up {
			return
		}
		if q.up && !w.apart(p, q) {
			w.connect(p, q)
			return
		}
		d.failures++
		w.after(p2p.Backoff{}.Delay(d.failures, w.rng.Float64()), func() { p.dial(name, d) })
		p.tellGraph(view.Failed{Peer: name})
	})
}
