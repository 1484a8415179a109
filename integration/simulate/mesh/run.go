package mesh

import (
	"slices"
	"time"
)

// Result is what a run has shown.
type Result struct {
	Options Options `json:"-"`

	// Together is how long it took from the start until everybody held the
	// same and had as many sessions as it will have.
	Together time.Duration `json:"together"`
	// Caught is how long after the beginning of the first session the last frame
	// of the start was merged or, where none had to be, two sides knew that; and
	// Trips the round trips that led to it: half of the messages in a row, each
	// an answer to the one before. Only between two peers they say something.
	Caught time.Duration `json:"caught"`
	Trips  float64       `json:"trips"`
	// Start is what that has cost; Run what came after, from Settle on, until
	// Converged.
	Start  Cost `json:"start"`
	Settle Cost `json:"settle"` // of the writes before those that count
	Run    Cost `json:"run"`

	Settling int `json:"settling"` // writes acknowledged until then
	Writes   int `json:"writes"`   // and after
	Stops    int `json:"stops"`    // kills and power cuts
	// Converged is how long after the last write and the end of the last fault
	// everybody held the same.
	Converged time.Duration `json:"converged"`
	// Delays are from the acknowledgement of a write to the moment it can be
	// read, for every other peer that was up all the time; Hops are the peers
	// over which it came, in ascending order.
	Delays Delays `json:"-"`
	Hops   []int  `json:"-"`
	// Whole are, for every write, the delay of the last of these peers.
	Whole Delays `json:"-"`
	// Degree is how many sessions a peer has at the end: fewest, on average,
	// most.
	Degree [3]float64 `json:"degree"`
	// Virtual is how much time passed in the run.
	Virtual time.Duration `json:"virtual"`
}

// Run runs a mesh: everybody starts, in the order of the peers and within a
// second; when all are together there are writes for Settle, then writes and
// faults for Duration; then everybody may finish. It fails with ErrOptions, with the first check that does
// not hold, and when the peers have not converged after Patience.
func Run(o Options) (r Result, err error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return r, err
	}
	defer caught(&err)
	w := newWorld(o)
	w.load()
	w.begin()
	w.await(time.Second/4, w.together, w.whatIsMissing)
	r.Together, r.Start = w.now, w.cost
	r.Caught, r.Trips = max(0, w.latest-w.first), float64(w.depth)/2

	begin := w.now + o.Settle
	end := begin + o.Duration
	w.settled = end
	w.writeOn(end)
	w.runUntil(begin)
	before := w.cost
	r.Settle, r.Settling = before.Since(r.Start), w.writes
	w.probes, w.writes = probes{w: w}, 0
	w.churn(end)
	w.split()
	w.runUntil(end)
	w.await(time.Millisecond, w.same, w.whatIsMissing)
	r.Converged, r.Run = w.now-w.settled, w.cost.Since(before)
	w.finish()

	slices.Sort(w.probes.delays)
	slices.Sort(w.probes.hops)
	slices.Sort(w.probes.whole)
	r.Options, r.Writes, r.Stops, r.Virtual = o, w.writes, w.stops, w.now
	r.Delays, r.Hops, r.Whole, r.Degree = w.probes.delays, w.probes.hops, w.probes.whole, w.degree()
	return r, nil
}

// begin starts the peers one after the other.
func (w *world) begin() {
	for i, p := range w.peers {
		w.after(time.Second*time.Duration(i)/time.Duration(len(w.peers)), p.start)
	}
	w.runUntil(time.Second)
}
