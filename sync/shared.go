package antientropy

import (
	"slices"

	"github.com/crdtstore/crdtstore/crdt"
)

// splitParts is into how many parts of about equal numbers of documents a
// drain that is one of several sees the keys cut.
const splitParts = 256

// shared is what a drain knows of being one of several that feed a peer. Each
// begins somewhere else. One that comes upon keys which the peer has got from
// another one goes on inside the largest run of keys that is still unknown to
// it, each at another place of it; in the end all that is left are runs too
// small to be cut, which are taken as they come. Nobody assigns anything: when
// one of them dies what it leaves is a run like any other.
type shared struct {
	part, parts int
	starts      []string // of the parts, but for the first
}

// begin is where the part begins.
func (p *shared) begin() string {
	if at := p.part * (len(p.starts) + 1) / p.parts; at > 0 {
		return p.starts[at-1]
	}
	return ""
}

// next is where to go on; ok is false when the peer lacks nothing.
func (p *shared) next(mine, known crdt.Knowledge) (at string, ok bool) {
	largest := -1
	crdt.Overlay(mine, known, func(from, to string, a, b crdt.VersionVector) {
		if b.Covers(a) {
			return
		}
		inside := p.within(from, to)
		if len(inside) <= largest {
			return
		}
		largest, at, ok = len(inside), from, true
		if p.parts > 1 && len(inside) > 1 {
			at = inside[len(inside)*(p.part+1)/(p.parts+1)]
		}
	})
	return at, ok
}

// within lists the starts inside of [from, to).
func (p *shared) within(from, to string) []string {
	i, found := slices.BinarySearch(p.starts, from)
	if found {
		i++
	}
	j := len(p.starts)
	if to != "" {
		j, _ = slices.BinarySearch(p.starts, to)
	}
	return p.starts[i:max(i, j)]
}

// seek goes on elsewhere.
func (d *drain) seek(at string) {
	d.pos, d.ended = at, false
	d.keys, d.more, d.asked = nil, false, false
	d.loaded, d.reduced, d.comparison = nil, nil, nil
	d.rest = CountMany // until it lists what comes there
}

// elsewhere seeks the next run of keys of a drain that is one of several, when
// the run that it was sending is at its end, and so is what was compared for it.
func (d *drain) elsewhere(known crdt.Knowledge) error {
	p := d.shared
	if p == nil {
		return nil
	}
	from, _, _, _, ok := d.span(known)
	if m := d.comparison; ok && (from == d.pos || m != nil && before(from, m.to)) {
		return nil
	}
	if at, ok := p.next(d.mine, d.over(known)); ok {
		d.seek(at)
	}
	return nil
}

// countRest counts what a drain that is one of several still has to send,
// wherever it is. While more is to come behind what it has listed, that is too
// much to be counted, which would be done again for each list.
func (d *drain) countRest(known crdt.Knowledge) error {
	if d.shared == nil {
		return nil
	}
	if d.more {
		d.rest = CountMany
		return nil
	}
	keys, more, err := d.view.Candidates(known, "", int(CountMany))
	if err != nil {
		return failed("count what the peer lacks", err)
	}
	d.rest = Count(len(keys))
	if more {
		d.rest = CountMany
	}
	return nil
}
