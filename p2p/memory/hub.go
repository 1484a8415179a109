package memory

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
)

// Hub is the air between the endpoints: it decides who reaches whom, how fast
// and how well.
type Hub struct {
	seed uint64

	mu        sync.Mutex
	endpoints map[string]*Network // by address without the peer id
	started   int
	links     map[pair]*link
	counts    map[pair]uint64 // links so far, for their seeds
	group     map[string]int  // of each peer while partitioned
	latency   [2]time.Duration
	loss      float64

	rate    atomic.Int64 // bytes per second of a line, 0 is any
	carried atomic.Int64
}

// pair names two endpoints, smaller id first.
type pair struct{ a, b string }

func pairOf(a, b string) pair {
	if a > b {
		a, b = b, a
	}
	return pair{a, b}
}

// New makes a Hub without endpoints, latency or loss.
func New(seed uint64) *Hub {
	return &Hub{
		seed: seed, endpoints: map[string]*Network{},
		links: map[pair]*link{}, counts: map[pair]uint64{},
	}
}

// SetLatency makes every message, from now on, take between least and most,
// still in order. Dialling takes three times as long.
func (h *Hub) SetLatency(least, most time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latency = [2]time.Duration{least, max(least, most)}
}

// SetLoss sets the chance that a message, instead of arriving, breaks its
// connection, with all that is in flight on it.
func (h *Hub) SetLoss(chance float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.loss = chance
}

// Partition lets peers reach each other only within a group. Those not named
// form one more group. Connections between groups break at once.
func (h *Hub) Partition(groups ...[]string) {
	h.mu.Lock()
	h.group = map[string]int{}
	for i, g := range groups {
		for _, peer := range g {
			h.group[peer] = i + 1
		}
	}
	var broken []*link
	for p, l := range h.links {
		if h.group[p.a] != h.group[p.b] {
			broken = append(broken, l)
		}
	}
	h.mu.Unlock()
	for _, l := range broken {
		l.lose()
	}
}

// Heal ends the partition. The peers find each other at their next attempt.
func (h *Hub) Heal() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.group = nil
}

// Break breaks the connection between two peers, once; they will reconnect.
// It says whether there was one.
func (h *Hub) Break(a, b string) bool {
	h.mu.Lock()
	l := h.links[pairOf(a, b)]
	h.mu.Unlock()
	if l != nil {
		l.lose()
	}
	return l != nil
}

// connect is what a dial comes to, after its latency: a link, a refusal on both
// sides, or an error.
func (h *Hub) connect(from *Network, address string, peer string) error {
	h.mu.Lock()
	stale, err := h.join(from, address, peer)
	h.mu.Unlock()
	for _, l := range stale {
		l.lose()
	}
	return err
}

// join is connect under the lock; the caller loses the stale links after it.
func (h *Hub) join(from *Network, address string, peer string) (stale []*link, err error) {
	to := h.endpoints[address]
	switch {
	case h.endpoints[from.address] != from:
		return nil, p2p.ErrClosed
	case to == nil || to.self != peer:
		return nil, fmt.Errorf("nobody listens at %s", address)
	case h.group[from.self] != h.group[peer]:
		return nil, fmt.Errorf("no route to %s", address)
	case to.roster.Barred(from.self):
		return nil, fmt.Errorf("%s hung up", address)
	case from.secret != to.secret:
		from.roster.Refuse(peer, p2p.ReasonWrongSecret)
		to.roster.Refuse(from.self, p2p.ReasonWrongSecret)
		return nil, nil
	}
	p := pairOf(from.self, peer)
	if l := h.links[p]; l != nil {
		if l.joins(from, to) {
			return nil, nil // both dialled; the first one stays
		}
		stale = append(stale, l)
	}
	h.counts[p]++
	l := newLink(h, p, from, to, h.counts[p])
	h.links[p] = l
	for _, c := range l.ends {
		if old := c.owner.roster.Up(c.peer, c); old != nil {
			stale = append(stale, old.(*conn).link)
		}
	}
	from.introduce(to)
	return stale, nil
}

// forget removes a link that has ended.
func (h *Hub) forget(l *link) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.links[l.pair] == l {
		delete(h.links, l.pair)
	}
}

// conditions are what holds for a message sent now.
func (h *Hub) conditions() (latency [2]time.Duration, loss float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.latency, h.loss
}

// random is the source for one direction of the nth link of a pair.
func (h *Hub) random(sender string, p pair, n uint64) *rand.Rand {
	var s uint64 = 14695981039346656037 // FNV-1a
	for _, b := range []byte(sender + "\x00" + p.a + "\x00" + p.b) {
		s = (s ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(h.seed^s, n))
}

// delay draws a latency.
func delay(r *rand.Rand, bounds [2]time.Duration) time.Duration {
	if bounds[1] <= bounds[0] {
		return bounds[0]
	}
	return bounds[0] + time.Duration(r.Int64N(int64(bounds[1]-bounds[0])))
}
