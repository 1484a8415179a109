package schedule

import "math/rand/v2"

// draw decides which of the faults that may happen do in this schedule. Those of
// every step always do; of the others each schedule has some, so that what hides
// behind one of them shows where it is missing.
func (w *world) draw(o Options) {
	w.may = o.Faults
	w.luck = rand.New(rand.NewPCG(o.Seed, 0x6e656d))
	w.wild = w.may&^(classic|Scope|Spoil) != 0
	often := 0.3
	if len((w.may &^ classic).Each()) <= 2 { // somebody looks for them
		often = 1
	}
	for _, n := range nemeses {
		if drawn := w.luck.Float64() < often; drawn && w.wild && w.may&n.fault != 0 {
			w.drawn = append(w.drawn, n)
			w.lying = w.lying || n.fault == Lie
			w.copying = w.copying || n.fault&(Clone|Twins) != 0
		}
	}
	w.torn = w.may.Has(Torn) && w.wild && w.luck.Float64() < 0.3
	if scoped := w.luck.Float64() < 0.25; w.may.Has(Scope) && (scoped || o.scoping > 0) {
		w.scoping = max(0.06, o.scoping)
	}
	if spoiled := w.luck.Float64() < 0.3; w.may.Has(Spoil) && spoiled {
		w.spoiling = 0.05
	}
	if o.Mode == Liveness {
		w.found()
	}
}

// afflict lets the nemeses of this schedule strike.
func (w *world) afflict() {
	for _, p := range w.peers {
		p.pass()
		w.bounded(p)
	}
	for _, l := range w.links {
		l.pass()
	}
	if w.wild && w.luck.Float64() < 0.01 {
		pick(w.luck, w.peers).mark()
	}
	for _, n := range w.drawn {
		if w.luck.Float64() < n.often {
			n.strike(w)
		}
	}
}
