package mesh

import (
	"math/rand/v2"
	"time"

	"github.com/crdtstore/crdtstore/p2p/view"
)

// graph decides whom a peer keeps a connection to: a view.View, or one of the
// fixed graphs.
type graph interface {
	Step(now time.Time, in view.Input) []view.Output
}

// fixed is a graph that never changes: it wants the peers that it was told of
// first, and is content with whoever else connects.
type fixed struct{ wanted []string }

// Step implements graph.
func (f *fixed) Step(_ time.Time, in view.Input) []view.Output {
	switch in := in.(type) {
	case view.Known:
		var out []view.Output
		for _, e := range in.Peers {
			f.wanted = append(f.wanted, e.Peer)
			out = append(out, view.Connect{Peer: e.Peer})
		}
		return out
	case view.Up:
		return []view.Output{view.Begin{Peer: in.Peer}}
	case view.Down:
		for _, p := range f.wanted {
			if p == in.Peer {
				return []view.Output{view.Connect{Peer: p}}
			}
		}
	}
	return nil
}

// newGraph makes the graph of a peer that starts, again after a restart.
func (w *world) newGraph(p *peer) graph {
	if w.o.Graph != Views {
		return &fixed{}
	}
	return view.New(view.Options{
		Self: p.name, Active: w.o.Active, Rand: rand.New(rand.NewPCG(w.rng.Uint64(), w.rng.Uint64())),
	})
}

// acquaint decides whom a peer has heard of before it ever starts: in a fixed
// graph its neighbours, each edge named on one side; else the one whose
// invitation it has followed.
func (w *world) acquaint() {
	n := len(w.peers)
	for i, p := range w.peers {
		switch w.o.Graph {
		case Views:
			if i > 0 {
				p.knows = []*peer{w.peers[w.rng.IntN(i)]}
			}
		case Full:
			p.knows = w.peers[i+1:]
		case Line:
			p.knows = w.peers[i+1 : min(i+2, n)]
		case Random:
			p.knows = w.some(p, w.o.Active/2)
		}
	}
}

// some draws peers other than p, and makes sure that all hang together: the
// first follows p in a ring.
func (w *world) some(p *peer, n int) []*peer {
	drawn := map[*peer]bool{p: true}
	list := []*peer{}
	next := w.peers[(p.index+1)%len(w.peers)]
	for q := next; len(list) < min(n, len(w.peers)-1); q = w.peers[w.rng.IntN(len(w.peers))] {
		if !drawn[q] {
			drawn[q] = true
			list = append(list, q)
		}
	}
	return list
}
