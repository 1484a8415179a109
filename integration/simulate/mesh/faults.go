package mesh

import "time"

// churn plans the stops until the moment end: on average Churn of the peers a
// minute, half of them by losing power. Each comes back.
func (w *world) churn(end time.Duration) {
	if w.o.Churn == 0 {
		return
	}
	every := float64(time.Minute) / (w.o.Churn * float64(len(w.peers)))
	w.after(time.Duration(w.rng.ExpFloat64()*every), func() {
		if w.now >= end {
			return
		}
		if p := w.peers[w.rng.IntN(len(w.peers))]; p.up {
			p.stop(w.rng.IntN(2) == 0)
			w.stops++
			down := time.Duration((0.5 + 1.5*w.rng.Float64()) * float64(w.o.Downtime))
			w.after(down, func() {
				p.start()
				w.settled = max(w.settled, w.now)
			})
		}
		w.churn(end)
	})
}

// split parts the mesh in two for a while: nothing gets through between them.
func (w *world) split() {
	if w.o.Split == 0 {
		return
	}
	w.after(w.o.Duration/4, func() {
		for _, p := range w.peers {
			p.side = w.rng.IntN(2)
		}
		w.tell("the mesh is split")
		w.stallParted()
		w.after(w.o.Split, func() {
			for _, p := range w.peers {
				p.side = 0
			}
			w.tell("the mesh is whole again")
			w.stallParted()
			w.settled = max(w.settled, w.now)
		})
	})
}

// apart reports whether nothing gets through between a and b.
func (w *world) apart(a, b *peer) bool { return a.side != b.side }

// stallParted makes every link do as the partition says.
func (w *world) stallParted() {
	for _, l := range w.orderedLinks() {
		l.stall(w.apart(l.ends[0].peer, l.ends[1].peer))
	}
}
