package mesh

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
)

// same reports whether everybody is up and knows the same.
func (w *world) same() bool {
	if w.now < w.settled {
		return false
	}
	for _, p := range w.peers {
		if !p.up || len(p.writer.local)+len(p.writer.remote) > 0 || p.writer.busy {
			return false
		}
	}
	first := w.peers[0].knowledge(collection)
	if _, whole := first.Whole(); !whole {
		return false
	}
	for _, p := range w.peers[1:] {
		if !p.knowledge(collection).Equal(first) {
			return false
		}
	}
	return true
}

// together reports whether everybody has somebody to talk to and all hang
// together.
func (w *world) together() bool {
	if !w.same() {
		return false
	}
	reached := map[*peer]bool{w.peers[0]: true}
	for todo := []*peer{w.peers[0]}; len(todo) > 0; {
		p := todo[0]
		todo = todo[1:]
		for _, name := range sortedNames(p.ends) {
			e := p.ends[name]
			if q := e.other().peer; e.met() && e.other().met() && !reached[q] {
				reached[q] = true
				todo = append(todo, q)
			}
		}
	}
	return len(reached) == len(w.peers)
}

// whatIsMissing tells why same or together does not hold, for the error.
func (w *world) whatIsMissing() string {
	var why []string
	most := w.most()
	for _, p := range w.peers {
		switch {
		case !p.up:
			why = append(why, p.name+" is down")
		case !p.knowledge(collection).At("").Covers(most):
			why = append(why, fmt.Sprintf("%s with %d sessions is behind", p, len(p.ends)))
		}
	}
	if len(why) == 0 {
		why = []string{"the graph is not connected, or ranges differ"}
	}
	return "converged: " + strings.Join(why[:min(len(why), 10)], ", ")
}

// most is the union of what all peers know.
func (w *world) most() crdt.VersionVector {
	most := crdt.VersionVector{}
	for _, p := range w.peers {
		if p.up {
			most = most.Merge(p.knowledge(collection).Max())
		}
	}
	return most
}

// finish checks the end: equal roots, and that nothing acknowledged is lost.
func (w *world) finish() {
	for _, p := range w.peers {
		p.hashAll()
	}
	want := w.peers[0].root()
	for _, p := range w.peers[1:] {
		if got := p.root(); got != want {
			w.fail("%s has root %x and %s %x", w.peers[0], want, p, got)
		}
	}
	known := w.peers[0].knowledge(collection).Max()
	for r, n := range w.acknowledged {
		if !known.Has(crdt.Dot{Replica: r, Counter: n}) {
			w.fail("lost: change %d of %s was acknowledged, known is %s", n, r, known)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.counts)) {
		c, n := w.counts[key], w.peers[0].counter(key)
		if n < c.acknowledged || n > c.begun {
			w.fail("%s is %d; %d increments were acknowledged, %d begun", key, n, c.acknowledged, c.begun)
		}
	}
}

func (p *peer) root() [32]byte {
	v, err := p.docs.View(collection)
	if err != nil {
		p.w.fail("view at %s: %v", p, err)
	}
	defer v.Close()
	root, ok, err := v.Root()
	if err != nil || !ok {
		p.w.fail("root at %s: hashed %t, %v", p, ok, err)
	}
	return root
}

// counter reads a counter.
func (p *peer) counter(key string) int {
	rec, err := p.docs.Get(collection, key)
	if err != nil {
		p.w.fail("get %s at %s: %v", key, p, err)
	}
	d, err := crdt.Decode(rec.Body)
	if err != nil {
		p.w.fail("%s at %s: %v", key, p, err)
	}
	var doc struct{ N int }
	if rec.Exists() {
		if err := json.Unmarshal(d.AppendJSON(nil, crdt.FormatPlain), &doc); err != nil {
			p.w.fail("%s at %s: %v", key, p, err)
		}
	}
	return doc.N
}

// degree is the fewest, the mean and the most sessions of a peer.
func (w *world) degree() (d [3]float64) {
	d[0] = float64(len(w.peers))
	for _, p := range w.peers {
		n := 0.0
		for _, e := range p.ends {
			if e.met() {
				n++
			}
		}
		d[0], d[1], d[2] = min(d[0], n), d[1]+n/float64(len(w.peers)), max(d[2], n)
	}
	return d
}
