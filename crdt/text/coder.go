package text

// coder writes the chains and runs of columns, each kind into a section of its
// own, in steps: it goes on where it stands.
type coder struct {
	*columns
	chain, op               int // written up to these
	of                      int // the chain of run op, or an earlier one
	next                    []uint64
	cursors                 []int32
	chains, runs, positions writer
}

// newCoder stands before chain number chain and run number op, which is in that
// chain, or the first.
func newCoder(c *columns, chain, op int) *coder {
	e := &coder{columns: c, chain: chain, op: op, of: chain}
	e.next, e.cursors = make([]uint64, len(c.agents)), make([]int32, len(c.agents))
	e.recall()
	if op > 0 && c.ops[op-1].at >= c.chains[chain].at {
		e.cursors[c.chains[chain].agent] = c.ops[op-1].cursor()
	}
	return e
}

// recall finds what the chains before have left: for each agent that is still
// to be written the number it is expected to go on with, and its cursor. It
// looks back no further than to the last chain of each.
func (e *coder) recall() {
	if e.chain == 0 {
		return
	}
	wanted, open := make([]bool, len(e.agents)), 0
	for i := e.chain; i < len(e.columns.chains); i++ {
		if a := e.columns.chains[i].agent; !wanted[a] {
			wanted[a], open = true, open+1
		}
	}
	for i := e.chain - 1; i >= 0 && open > 0; i-- {
		x := &e.columns.chains[i]
		if !wanted[x.agent] {
			continue
		}
		wanted[x.agent], open = false, open-1
		e.next[x.agent] = x.seq + uint64(x.n)
		e.cursors[x.agent] = e.ops[e.opAt(x.last())].cursor()
	}
}

// to writes all before chain number chain and run number op.
func (e *coder) to(chain, op int) {
	for ; e.chain < chain; e.chain++ {
		c := &e.columns.chains[e.chain]
		e.chains.uint(uint64(c.agent))
		e.chains.int(int64(c.seq - e.next[c.agent]))
		e.chains.uint(uint64(c.n))
		e.chains.parents(c)
		e.next[c.agent] = c.seq + uint64(c.n)
	}
	for ; e.op < op; e.op++ {
		o := &e.ops[e.op]
		for o.at >= e.columns.chains[e.of].end() {
			e.of++
		}
		cursor := &e.cursors[e.columns.chains[e.of].agent]
		e.runs.uint(uint64(o.n)*3 + uint64(o.kind))
		e.positions.int(int64(o.from() - *cursor))
		*cursor = o.cursor()
	}
}
