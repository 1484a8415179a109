package antientropy

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// meshed is many replicas in one seeded thread and virtual time: links that
// take a while, writers that commit one frame after the other, and clocks that
// tick when a session wants it.
type meshed struct {
	t     failer
	rng   *rand.Rand
	now   time.Time
	soon  events
	order uint64
	nodes []*meshNode
	frees int // commits of frames that brought nothing
}

type meshNode struct {
	*fake
	m    *meshed
	ends []*meshEnd
	free time.Time // when the writer is
	slow time.Duration
}

type meshEnd struct {
	node     *meshNode
	peer     *meshEnd
	session  *Session
	delay    time.Duration
	last     time.Time // when what was sent last arrives
	dirty    []string  // collections of whose change it is told soon
	pushed   time.Time
	tick     time.Time // the next one that is planned
	messages map[kind]int
	bytes    int
	in       int // bytes received
	down     bool
	far      bool
}

type event struct {
	at    time.Time
	order uint64
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any     { x := (*e)[len(*e)-1]; *e = (*e)[:len(*e)-1]; return x }

// newMeshed makes n replicas that nobody has connected yet.
func newMeshed(t failer, n int, seed uint64) *meshed {
	m := &meshed{t: t, rng: rand.New(rand.NewPCG(seed, 1)), now: time.Unix(1_700_000_000, 0)}
	for i := range n {
		m.nodes = append(m.nodes, &meshNode{fake: newFake(fmt.Sprintf("N%02d", i)), m: m, slow: time.Millisecond})
	}
	return m
}

func (m *meshed) after(d time.Duration, do func()) {
	m.order++
	heap.Push(&m.soon, event{m.now.Add(d), m.order, do})
}

// connect starts a session between two replicas.
func (m *meshed) connect(i, j int, with ...func(*Config)) {
	a, b := m.nodes[i], m.nodes[j]
	ends := [2]*meshEnd{{node: a}, {node: b}}
	delay := 200*time.Microsecond + time.Duration(m.rng.IntN(800))*time.Microsecond
	for k, e := range ends {
		c := Config{Name: e.node.name, Self: e.node.id, Replica: e.node.fake, Initiator: k == 0, Salt: [16]byte{byte(i), byte(j), byte(k)}}
		for _, w := range with {
			w(&c)
		}
		e.session, e.peer, e.delay, e.messages = NewSession(c), ends[1-k], delay, map[kind]int{}
		e.node.ends = append(e.node.ends, e)
	}
	for _, e := range ends {
		m.after(0, func() { e.step(Start{}) })
		m.after(0, func() { e.step(Tick{m.now}) })
	}
}

// ring connects every replica to the k/2 before it and behind it, and every
// pair when k is as many as there are.
func (m *meshed) connectAll(k int) {
	n := len(m.nodes)
	for i := range n {
		for j := i + 1; j < n; j++ {
			if d := min(j-i, n-j+i); k >= n-1 || d <= k/2 {
				m.connect(i, j)
			}
		}
	}
}

// connectRandom gives every replica about k sessions, at random but connected.
func (m *meshed) connectRandom(k int) {
	n := len(m.nodes)
	degree, met := make([]int, n), map[[2]int]bool{}
	join := func(i, j int) {
		i, j = min(i, j), max(i, j)
		if i != j && !met[[2]int{i, j}] && degree[i] < k && degree[j] < k {
			met[[2]int{i, j}] = true
			degree[i]++
			degree[j]++
			m.connect(i, j)
		}
	}
	for i := range n {
		join(i, (i+1)%n)
	}
	for range 50 * n * k {
		join(m.rng.IntN(n), m.rng.IntN(n))
	}
}

func (e *meshEnd) step(in Input) {
	if e.down {
		return
	}
	m := e.node.m
	for _, out := range e.session.Step(in) {
		switch out := out.(type) {
		case Send:
			e.messages[kind(out.Message[0])]++
			e.bytes += len(out.Message)
			at := m.now.Add(e.delay)
			if at.Before(e.last) {
				at = e.last
			}
			e.last = at
			m.after(at.Sub(m.now), func() {
				e.peer.in += len(out.Message)
				e.peer.step(Received{out.Message})
			})
		case Merge:
			e.node.commit(e, out)
		case Hash:
			m.after(time.Millisecond, func() {
				c := e.node.collection(out.Collection)
				k := c.know
				c.hashed = &k
				e.step(Hashed{out.Collection})
			})
		case Far:
			e.far = out.On
			e.node.shareOut(out.Collection)
		case Incident, Diverged, Overtaken:
			m.t.Fatalf("%s towards %s: %T %+v", e.node.name, e.peer.node.name, out, out)
		case Close:
			if out.Reason != ReasonStopped {
				m.t.Fatalf("%s closes: %s %s", e.node.name, out.Reason, out.Detail)
			}
			e.down = true
			e.peer.down = true
		}
	}
	e.plan()
}

// plan sees to it that the session gets its tick.
func (e *meshEnd) plan() {
	at, ok := e.session.Deadline()
	if !ok {
		return
	}
	m := e.node.m
	if at.Before(m.now) {
		at = m.now
	}
	if !e.tick.IsZero() && !at.Before(e.tick) {
		return
	}
	e.tick = at
	m.after(at.Sub(m.now), func() {
		if e.tick.Equal(at) {
			e.tick = time.Time{}
			e.step(Tick{m.now})
		}
	})
}

// commit lets the writer merge a frame when it gets to it.
func (n *meshNode) commit(e *meshEnd, merge Merge) {
	m := n.m
	if n.free.Before(m.now) {
		n.free = m.now
	}
	n.free = n.free.Add(n.slow)
	m.after(n.free.Sub(m.now), func() {
		before := n.collection(merge.Collection).know
		done := n.collection(merge.Collection).merge(merge.Frame)
		done.ID = merge.ID
		if !before.Equal(n.collection(merge.Collection).know) {
			n.changed(merge.Collection)
		}
		if done.Known {
			m.frees++
		}
		e.step(done)
	})
}

// changed tells the sessions of a node soon.
func (n *meshNode) changed(collection string) {
	for _, e := range n.ends {
		if slices.Contains(e.dirty, collection) {
			continue
		}
		if e.dirty = append(e.dirty, collection); len(e.dirty) > 1 {
			continue
		}
		wait := max(0, 2*time.Millisecond-n.m.now.Sub(e.pushed))
		n.m.after(wait, func() {
			all := e.dirty
			e.dirty, e.pushed = nil, n.m.now
			for _, c := range all {
				e.step(Changed{c})
			}
		})
	}
}

// write puts a document at a node.
func (m *meshed) write(i int, collection string, pad int, keys ...string) {
	m.nodes[i].collection(collection).put(pad, keys...)
	m.nodes[i].changed(collection)
}

// shareOut lets those that feed a node begin at different parts.
func (n *meshNode) shareOut(collection string) {
	var far []*meshEnd
	for _, e := range n.ends {
		if e.far && !e.down {
			far = append(far, e)
		}
	}
	for i, e := range far {
		n.m.after(0, func() { e.step(Share{collection, i, len(far)}) })
	}
}

// run lets time pass.
func (m *meshed) run(d time.Duration) {
	end := m.now.Add(d)
	for len(m.soon) > 0 && !m.soon[0].at.After(end) {
		e := heap.Pop(&m.soon).(event)
		m.now = e.at
		e.do()
	}
	m.now = end
}

// until lets time pass until everybody knows the same, and returns how long
// that took.
func (m *meshed) until(collection string, most time.Duration) time.Duration {
	begin := m.now
	for m.now.Sub(begin) < most {
		if m.same(collection) {
			return m.now.Sub(begin)
		}
		if len(m.soon) == 0 {
			break
		}
		e := heap.Pop(&m.soon).(event)
		m.now = e.at
		e.do()
	}
	for _, n := range m.nodes {
		m.t.Helper()
		m.t.Fatalf("not converged after %v: %s %s, and others", most, n.name, n.collection(collection).know)
	}
	return most
}

func (m *meshed) same(collection string) bool {
	for _, n := range m.nodes[1:] {
		if !n.collection(collection).know.Equal(m.nodes[0].collection(collection).know) {
			return false
		}
	}
	return true
}

// cut ends the sessions of a node.
func (m *meshed) cut(i int) {
	for _, e := range m.nodes[i].ends {
		e.step(Stop{})
		e.down = true
		e.peer.step(Stop{})
		e.peer.down = true
	}
	m.forget()
}

// sum counts messages of a kind, and all bytes, that were sent until now.
func (m *meshed) sum(k kind) (messages, bytes int) {
	for _, n := range m.nodes {
		for _, e := range n.ends {
			messages += e.messages[k]
			bytes += e.bytes
		}
	}
	return messages, bytes
}

func (m *meshed) links() (n int) {
	for _, node := range m.nodes {
		n += len(node.ends)
	}
	return n / 2
}
