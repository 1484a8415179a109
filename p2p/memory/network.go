package memory

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/internal/roster"
)

// Options of an endpoint. Self and Secret are needed.
type Options struct {
	Self    string               // the peer id: any text without "/", unique among the running
	Secret  [p2p.SecretSize]byte // of the mesh
	Known   []string             // addresses to try, as for p2p.Network.Add
	Dial    p2p.Backoff          // between attempts; zero means 1 s to 5 min
	Refusal p2p.Backoff          // of peers that are kept out; zero means p2p.Refusal
}

// Network is an endpoint of a Hub.
type Network struct {
	hub     *Hub
	self    string
	secret  [p2p.SecretSize]byte
	address string // "/memory/N"
	roster  *roster.Roster
	stop    context.CancelFunc
	done    sync.WaitGroup
	once    sync.Once
}

var _ p2p.Network = (*Network)(nil)

// Start adds an endpoint to the Hub. Each start has an address of its own, as
// a process that takes any free port. An endpoint of the same Self that still
// runs is not told; its connections are replaced, as after a crash.
func (h *Hub) Start(o Options) (*Network, error) {
	if o.Self == "" || strings.Contains(o.Self, "/") {
		return nil, fmt.Errorf("memory network: Self %q is not a peer id", o.Self)
	}
	ctx, stop := context.WithCancel(context.Background())
	n := &Network{hub: h, self: o.Self, secret: o.Secret, stop: stop}
	h.mu.Lock()
	h.started++
	n.address = "/memory/" + strconv.Itoa(h.started)
	rng := h.random(o.Self, pair{n.address, "jitter"}, 0)
	h.mu.Unlock()
	var mu sync.Mutex
	n.roster = roster.New(o.Self, roster.Options{Dial: o.Dial, Refusal: o.Refusal, Jitter: func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return rng.Float64()
	}})
	if err := n.Add(o.Known...); err != nil {
		stop()
		n.roster.Close()
		return nil, err
	}
	h.mu.Lock()
	h.endpoints[n.address] = n
	h.mu.Unlock()
	n.done.Go(func() { n.roster.Dial(ctx, n.try) })
	return n, nil
}

// Self implements p2p.Network.
func (n *Network) Self() string { return n.self }

// Addrs implements p2p.Network: one address, "/memory/N/p2p/SELF".
func (n *Network) Addrs() []string { return []string{n.address + "/p2p/" + n.self} }

// Events implements p2p.Network.
func (n *Network) Events() <-chan p2p.Event { return n.roster.Events() }

// Peers implements p2p.Network.
func (n *Network) Peers() []p2p.Peer { return n.roster.Peers() }

// Add implements p2p.Network.
func (n *Network) Add(addrs ...string) error {
	for _, a := range addrs {
		if _, peer, ok := split(a); !ok || peer == "" {
			return fmt.Errorf("%w: %q", p2p.ErrAddress, p2p.Clean(a))
		}
	}
	for _, a := range addrs {
		_, peer, _ := split(a)
		n.roster.Add(peer, []string{a})
	}
	return nil
}

// Want implements p2p.Network.
func (n *Network) Want(peer string, wanted bool, addrs ...string) {
	var usable []string
	for _, a := range addrs {
		if _, of, ok := split(a); ok && of == peer {
			usable = append(usable, a)
		}
	}
	n.roster.Want(peer, wanted, usable)
}

// Close implements p2p.Network.
func (n *Network) Close() error {
	n.once.Do(func() {
		n.stop()
		n.hub.mu.Lock()
		delete(n.hub.endpoints, n.address)
		var ends []*conn
		for _, l := range n.hub.links {
			for _, c := range l.ends {
				if c.owner == n {
					ends = append(ends, c)
				}
			}
		}
		n.hub.mu.Unlock()
		n.roster.Close()
		for _, c := range ends {
			c.Close(p2p.ReasonClosing)
		}
		n.done.Wait()
	})
	return nil
}

// try dials one peer at each of its addresses in turn.
func (n *Network) try(ctx context.Context, t roster.Target) {
	var last error
	for _, a := range t.Addrs {
		bounds, _ := n.hub.conditions()
		select {
		case <-time.After(3 * bounds[0]):
		case <-ctx.Done():
			return
		}
		address, _, ok := split(a)
		if !ok {
			continue
		}
		if last = n.hub.connect(n, address, t.Peer); last == nil {
			return
		}
	}
	n.roster.Unreachable(t.Peer, t.Addrs, fmt.Sprint(last))
}

// introduce is the peer exchange after a new link: both sides learn where the
// other lives and whom it knows, and those they are connected to learn of it.
func (n *Network) introduce(to *Network) {
	for _, side := range [][2]*Network{{n, to}, {to, n}} {
		a, b := side[0], side[1]
		a.roster.Tell(b.self, b.Addrs())
		for peer, addrs := range b.roster.Members() {
			a.roster.Hear(peer, addrs)
		}
	}
	for _, l := range n.hub.links {
		for _, c := range l.ends {
			for _, side := range [][2]*Network{{n, to}, {to, n}} {
				if c.owner == side[0] && c.peer != side[1].self {
					c.other.owner.roster.Hear(side[1].self, side[1].Addrs())
				}
			}
		}
	}
}

func split(addr string) (address, peer string, ok bool) {
	address, peer, ok = strings.Cut(addr, "/p2p/")
	return address, peer, ok && strings.HasPrefix(address, "/memory/") && !strings.Contains(peer, "/")
}
