package text

import (
	"cmp"
	"slices"
	"sort"
)

// columns hold events in an order in which parents come first. An event is
// known by its place in that order, its row number; rows are packed as runs.
type columns struct {
	agents []Agent
	index  map[Agent]int32
	byID   [][]int32 // for each agent its chains, by seq
	chains []chain
	ops    []op // a run never crosses from one chain into another
	text   []byte
	n      int32
	// byID has to be settled before it is used
	unsorted bool
}

// chain is a run of events of one agent with consecutive sequence numbers, in
// which the parent of each event but the first is the one before.
type chain struct {
	at, n   int32
	agent   int32
	seq     uint64
	parents []int32 // of the first event, ascending; in a Delta -1-k is outside[k]
	single  bool    // the rows up to any event of this chain have it as their one head
}

func (c chain) end() int32 { return c.at + c.n }

func (c chain) last() int32 { return c.at + c.n - 1 }

// lowest is the smallest parent; -1, the empty version, for a root.
func (c chain) lowest() int32 {
	if len(c.parents) == 0 {
		return -1
	}
	return c.parents[0]
}

// agentIndex finds a name in the table, or returns -1. Mostly it is the agent
// of the last chain.
func (c *columns) agentIndex(a Agent) int32 {
	if n := len(c.chains); n > 0 && c.agents[c.chains[n-1].agent] == a {
		return c.chains[n-1].agent
	}
	if i, ok := c.index[a]; ok {
		return i
	}
	return -1
}

// addAgent finds or adds a name.
func (c *columns) addAgent(a Agent) int32 {
	i := c.agentIndex(a)
	if i >= 0 {
		return i
	}
	if c.index == nil {
		c.index = make(map[Agent]int32)
	}
	i = int32(len(c.agents))
	c.agents, c.byID = append(c.agents, a), append(c.byID, nil)
	c.index[a] = i
	return i
}

// addChain appends a chain of n events, whose runs addOp brings.
func (c *columns) addChain(agent int32, seq uint64, n int32, parents []int32) {
	k := int32(len(c.chains))
	c.chains = append(c.chains, chain{at: c.n, n: n, agent: agent, seq: seq, parents: parents})
	list := c.byID[agent]
	if len(list) > 0 && c.chains[list[len(list)-1]].seq > seq {
		c.unsorted = true
	}
	c.byID[agent] = append(list, k)
	c.n += n
}

// addOp appends the run o with its text; fresh begins a row of its own, as the
// first run of a chain must.
func (c *columns) addOp(o op, text []byte, fresh bool) {
	o.off = int32(len(c.text))
	c.text = append(c.text, text...)
	for !fresh && o.n > 0 {
		took := c.ops[len(c.ops)-1].extend(o)
		if took == o.n {
			return
		}
		if fresh = took == 0; !fresh {
			o = o.cut(c.text, took, o.n)
		}
	}
	c.ops = append(c.ops, o)
}

// settle sorts the chains of each agent again after some were added.
func (c *columns) settle() {
	if !c.unsorted {
		return
	}
	c.unsorted = false
	for _, list := range c.byID {
		slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(c.chains[a].seq, c.chains[b].seq) })
	}
}

// nextChain finds the first chain of agent that ends above seq, as a place in
// byID[agent]; len if there is none.
func (c *columns) nextChain(agent int32, seq uint64) int {
	list := c.byID[agent]
	return sort.Search(len(list), func(i int) bool {
		x := &c.chains[list[i]]
		return x.seq+uint64(x.n)-1 >= seq
	})
}

// find returns the row of an event, or -1.
func (c *columns) find(id ID) int32 {
	a := c.agentIndex(id.Agent)
	if a < 0 {
		return -1
	}
	i := c.nextChain(a, id.Seq)
	if i == len(c.byID[a]) {
		return -1
	}
	x := &c.chains[c.byID[a][i]]
	if id.Seq < x.seq {
		return -1
	}
	return x.at + int32(id.Seq-x.seq)
}

// chainAt is the number of the chain that holds row v.
func (c *columns) chainAt(v int32) int {
	if last := len(c.chains) - 1; c.chains[last].at <= v {
		return last
	}
	return sort.Search(len(c.chains), func(i int) bool { return c.chains[i].at > v }) - 1
}

// opAt is the number of the run that holds row v.
func (c *columns) opAt(v int32) int {
	if last := len(c.ops) - 1; c.ops[last].at <= v {
		return last
	}
	return sort.Search(len(c.ops), func(i int) bool { return c.ops[i].at > v }) - 1
}

// id names the event of row v.
func (c *columns) id(v int32) ID {
	x := &c.chains[c.chainAt(v)]
	return ID{c.agents[x.agent], x.seq + uint64(v-x.at)}
}

// runs calls yield with the runs of the rows from lo to hi, cut to fit.
func (c *columns) runs(lo, hi int32, yield func(op) error) error {
	if lo >= hi {
		return nil
	}
	for i := c.opAt(lo); lo < hi; i++ {
		o := c.ops[i].within(c.text, lo, hi)
		if err := yield(o); err != nil {
			return err
		}
		lo = o.end()
	}
	return nil
}

// run is the run that holds row lo, cut to begin there and to end before hi.
func (c *columns) run(lo, hi int32) op {
	return c.ops[c.opAt(lo)].within(c.text, lo, hi)
}

// body is the UTF-8 that the run o inserts.
func (c *columns) body(o op) []byte {
	if o.kind != insert {
		return nil
	}
	return c.text[o.off : o.off+o.size]
}
