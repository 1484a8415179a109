package view

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// world is a network of Views in virtual time: connections take a while, a
// dial of who is not there fails and is repeated, and all is drawn from a seed.
type world struct {
	t       testing.TB
	now     time.Time
	start   time.Time
	rng     *rand.Rand
	o       Options
	peers   map[string]*station
	ids     []string
	events  queue
	serial  int
	group   map[string]int // who reaches whom
	steps   int
	changes int // of the sets of neighbours
	sent    int // messages
}

// station is a View with the network around it.
type station struct {
	w      *world
	id     string
	view   *View
	alive  bool
	life   int
	wanted map[string]int // serial of the wish
	conns  map[string]*pipe
	begun  map[string]bool // Visit
	stay   bool            // visits are never in step
}

// pipe is a connection.
type pipe struct {
	a, b   string
	closed bool
}

func (p *pipe) other(id string) string {
	if p.a == id {
		return p.b
	}
	return p.a
}

type event struct {
	at   time.Time
	n    int
	what func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].n < q[j].n
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

func newWorld(t testing.TB, seed uint64, o Options) *world {
	start := time.Unix(1e9, 0)
	return &world{t: t, now: start, start: start, rng: rand.New(rand.NewPCG(seed, 7)), o: o,
		peers: map[string]*station{}, group: map[string]int{}}
}

// after runs what at a later time.
func (w *world) after(d time.Duration, what func()) {
	w.serial++
	heap.Push(&w.events, event{w.now.Add(d), w.serial, what})
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for len(w.events) > 0 && !w.events[0].at.After(end) {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		e.what()
	}
	w.now = end
}

// join starts a station that knows some others.
func (w *world) join(id string, known ...string) *station {
	s := w.peers[id]
	if s == nil {
		s = &station{w: w, id: id}
		w.peers[id] = s
		w.ids = append(w.ids, id)
	}
	o := w.o
	o.Self, o.Rand = id, rand.New(rand.NewPCG(w.rng.Uint64(), 1))
	s.view, s.alive = New(o), true
	s.life++
	s.wanted, s.conns, s.begun = map[string]int{}, map[string]*pipe{}, map[string]bool{}
	entries := []Entry{{Peer: id, Addrs: []string{"at " + id}}}
	for _, k := range known {
		entries = append(entries, Entry{Peer: k, Addrs: []string{"at " + k}})
	}
	s.step(Known{entries})
	life := s.life
	var tick func()
	tick = func() {
		if s.alive && s.life == life {
			s.step(Tick{})
			w.after(time.Second, tick)
		}
	}
	w.after(time.Duration(w.rng.Int64N(int64(time.Second))), tick)
	return s
}

// kill stops a station without a word.
func (w *world) kill(id string) {
	s := w.peers[id]
	s.alive = false
	for _, p := range s.pipes() {
		w.cut(p)
	}
}

func (s *station) pipes() []*pipe {
	var all []*pipe
	for _, id := range s.w.ids {
		if p := s.conns[id]; p != nil {
			all = append(all, p)
		}
	}
	return all
}

// cut ends a connection; both sides hear of it.
func (w *world) cut(p *pipe) {
	if p.closed {
		return
	}
	p.closed = true
	for _, id := range []string{p.a, p.b} {
		s := w.peers[id]
		if s.conns[p.other(id)] == p {
			delete(s.conns, p.other(id))
			delete(s.begun, p.other(id))
		}
		w.after(w.latency(), func() {
			if s.alive && s.conns[p.other(id)] == nil {
				s.step(Down{p.other(id)})
			}
		})
	}
}

func (w *world) latency() time.Duration {
	return time.Millisecond + time.Duration(w.rng.Int64N(int64(30*time.Millisecond)))
}

// step feeds the View and does what it says.
func (s *station) step(in Input) {
	s.w.steps++
	before := s.view.count(isNeighbour)
	outs := s.view.Step(s.w.now, in)
	if n := s.view.count(isNeighbour); n > s.view.o.Active {
		s.w.t.Fatalf("%s has %d neighbours after %T", s.id, n, in)
	} else if n != before {
		s.w.changes++
	}
	if n := len(s.view.members); n > s.view.o.Passive+s.view.o.Active+maxGuests+16 {
		s.w.t.Fatalf("%s remembers %d peers", s.id, n)
	}
	for _, o := range outs {
		s.do(o)
	}
}

func (s *station) do(o Output) {
	switch o := o.(type) {
	case Connect:
		if s.wanted[o.Peer] == 0 {
			s.w.serial++
			s.wanted[o.Peer] = s.w.serial
			s.dial(o.Peer, s.w.serial, 1)
		}
	case Disconnect:
		delete(s.wanted, o.Peer)
		if p := s.conns[o.Peer]; p != nil {
			s.w.cut(p)
		}
	case Cut:
		s.w.t.Fatalf("%s cuts %s: %s", s.id, o.Peer, o.Reason)
	case Send:
		s.send(o)
	case Begin:
		p := s.conns[o.Peer]
		if p == nil || s.begun[o.Peer] {
			s.w.t.Fatalf("%s begins with %s twice, or without a connection", s.id, o.Peer)
		}
		s.begun[o.Peer] = true
		if o.Visit && !s.stay {
			s.w.after(time.Second, func() {
				if s.alive && s.conns[o.Peer] == p {
					s.step(InStep{o.Peer})
				}
			})
		}
	}
}

func (s *station) send(o Send) {
	p, to := s.conns[o.Peer], s.w.peers[o.Peer]
	if p == nil {
		return
	}
	s.w.sent++
	// messages of one connection keep their order: the same latency for all
	s.w.after(10*time.Millisecond, func() {
		if !p.closed && to.alive && to.conns[s.id] == p {
			to.step(Received{s.id, o.Message})
		}
	})
}

// dial tries a peer, and again later, while it is wanted.
func (s *station) dial(peer string, wish, attempt int) {
	life := s.life
	s.w.after(3*s.w.latency(), func() {
		if !s.alive || s.life != life || s.wanted[peer] != wish {
			return
		}
		to := s.w.peers[peer]
		switch {
		case s.conns[peer] != nil:
		case to == nil || !to.alive || s.w.group[s.id] != s.w.group[peer]:
			s.step(Failed{peer})
		default:
			p := &pipe{a: s.id, b: peer}
			s.conns[peer], to.conns[s.id] = p, p
			s.step(Up{peer})
			to.step(Up{s.id})
		}
		wait := min(time.Second<<min(attempt, 8), 5*time.Minute)
		s.w.after(wait, func() {
			if s.alive && s.life == life && s.wanted[peer] == wish {
				s.dial(peer, wish, attempt+1)
			}
		})
	})
}

// parts counts the components of the graph of live stations.
func (w *world) parts() int {
	seen, n := map[string]bool{}, 0
	for _, id := range w.ids {
		if seen[id] || !w.peers[id].alive {
			continue
		}
		n++
		todo := []string{id}
		for len(todo) > 0 {
			at := todo[0]
			todo = todo[1:]
			if seen[at] {
				continue
			}
			seen[at] = true
			for _, m := range w.peers[at].view.which(isNeighbour) {
				next := m.peer
				if p := w.peers[next]; p != nil && p.alive && p.view.State(at) == Neighbour {
					todo = append(todo, next)
				}
			}
		}
	}
	return n
}

// degrees counts, by how many neighbours, the live stations.
func (w *world) degrees() map[int]int {
	by := map[int]int{}
	for _, id := range w.ids {
		if s := w.peers[id]; s.alive {
			by[len(s.view.Neighbours())]++
		}
	}
	return by
}

// symmetric fails the test where a neighbour does not know that it is one.
func (w *world) symmetric() {
	w.t.Helper()
	for _, id := range w.ids {
		if s := w.peers[id]; s.alive {
			for _, n := range s.view.Neighbours() {
				if !slices.Contains(w.peers[n].view.Neighbours(), id) {
					w.t.Errorf("%s counts %s among its neighbours, not the other way round", id, n)
				}
			}
		}
	}
}

func name(i int) string { return fmt.Sprintf("p%03d", i) }
