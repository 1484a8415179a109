package text

import (
	"cmp"
	"slices"
	"strings"
)

// picker copies events from columns into a Delta.
type picker struct {
	from    *columns
	outside []ID // of from, if it is a Delta
	pieces  []piece
	agents  []int32 // from's numbers of agents to those in to
	outs    []ID    // sorted parents outside
	lines   []int32 // their first pieces, in order
	first   int32   // the piece of the line that comes first, or -1
	out     []int32 // for each piece its first row in to
	to      Delta
}

// holding finds the piece with row v, or -1.
func (p *picker) holding(v int32) int32 {
	i, found := slices.BinarySearchFunc(p.pieces, v, func(x piece, v int32) int { return cmp.Compare(x.lo, v) })
	if !found {
		i--
	}
	if i < 0 || v >= p.pieces[i].hi {
		return -1
	}
	return int32(i)
}

// parents of the first event of piece i, as rows of from.
func (p *picker) parents(i int32) []int32 {
	x := &p.pieces[i]
	if y := &p.from.chains[x.chain]; x.lo == y.at {
		return y.parents
	}
	return []int32{x.lo - 1}
}

// link finds the lines, and what each of them waits for.
func (p *picker) link() {
	for i := range p.pieces {
		p.pieces[i].head = int32(i)
		parents := p.parents(int32(i))
		if len(parents) != 1 || parents[0] < 0 {
			continue
		}
		before := p.holding(parents[0])
		if before < 0 || parents[0] != p.pieces[before].hi-1 {
			continue
		}
		if p.from.follows(parents[0], p.pieces[i].lo) {
			p.pieces[before].next = int32(i)
			p.pieces[i].head = p.pieces[before].head
		}
	}
	for i := range p.pieces {
		if p.pieces[i].head != int32(i) {
			continue
		}
		for _, v := range p.parents(int32(i)) {
			at := int32(-1)
			if v >= 0 {
				at = p.holding(v)
			}
			if at < 0 {
				p.outs = append(p.outs, p.outsideID(v))
				continue
			}
			on := p.pieces[at].head
			p.pieces[on].then = append(p.pieces[on].then, int32(i))
			p.pieces[i].wait++
		}
	}
	slices.SortFunc(p.outs, ID.Compare)
	p.outs = slices.Compact(p.outs)
}

// goesOn finds the line that row before is in, if it has a piece here.
func (p *picker) goesOn(before int32) {
	if before < 0 {
		return
	}
	for i := range p.pieces {
		if parents := p.parents(int32(i)); len(parents) == 1 && parents[0] == before && p.from.follows(before, p.pieces[i].lo) {
			p.first = int32(i)
			return
		}
	}
}

// follows reports whether row b has the id after that of row a.
func (c *columns) follows(a, b int32) bool {
	x, y := c.id(a), c.id(b)
	return x.Agent == y.Agent && x.Seq+1 == y.Seq
}

func (p *picker) outsideID(v int32) ID {
	if v < 0 {
		return p.outside[-1-v]
	}
	return p.from.id(v)
}

// name makes the sorted table of agents.
func (p *picker) name() {
	var names []Agent
	p.agents = make([]int32, len(p.from.agents))
	used := make([]bool, len(p.from.agents))
	for i := range p.pieces {
		if a := p.from.chains[p.pieces[i].chain].agent; !used[a] {
			used[a] = true
			names = append(names, p.from.agents[a])
		}
	}
	for _, id := range p.outs {
		names = append(names, id.Agent)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		p.to.addAgent(name)
	}
	for a, name := range p.from.agents {
		if used[a] {
			p.agents[a] = p.to.agentIndex(name)
		}
	}
	p.to.outside = p.outs
}

// compare orders lines by the id of their first event.
func (p *picker) compare(a, b int32) int {
	if a == p.first || b == p.first {
		if a == p.first {
			return -1
		}
		return 1
	}
	x, y := &p.from.chains[p.pieces[a].chain], &p.from.chains[p.pieces[b].chain]
	return cmp.Or(strings.Compare(string(p.from.agents[x.agent]), string(p.from.agents[y.agent])),
		cmp.Compare(x.seq+uint64(p.pieces[a].lo-x.at), y.seq+uint64(p.pieces[b].lo-y.at)))
}

// emit copies the line that begins with piece i.
func (p *picker) emit(i int32) {
	var parents []int32
	for _, v := range p.parents(i) {
		at := int32(-1)
		if v >= 0 {
			at = p.holding(v)
		}
		if at >= 0 {
			parents = append(parents, p.out[at]+v-p.pieces[at].lo)
			continue
		}
		k, _ := slices.BinarySearchFunc(p.outs, p.outsideID(v), ID.Compare)
		parents = append(parents, int32(-1-k))
	}
	slices.Sort(parents)
	x := &p.from.chains[p.pieces[i].chain]
	p.to.addChain(p.agents[x.agent], x.seq+uint64(p.pieces[i].lo-x.at), 0, parents)
	line := &p.to.chains[len(p.to.chains)-1]
	for ; i >= 0; i = p.pieces[i].next {
		r := p.pieces[i].rows
		p.out[i] = p.to.n
		_ = p.from.runs(r.lo, r.hi, func(o op) error {
			body := p.from.body(o)
			o.at = p.to.n
			p.to.addOp(o, body, line.n == 0)
			line.n += o.n
			p.to.n += o.n
			return nil
		})
	}
}
