package p2ptest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crdtstore/crdtstore/p2p"
)

// parting is how long an endpoint under test lets a peer read why it is let go: nearly
// nothing, since many tests close what nobody reads any more.
const parting = 100 * time.Millisecond

// Backoffs that an adapter under test uses, so that nothing takes long: what
// is down is tried again soon, what is refused not before the test is over.
var (
	Dial    = p2p.Backoff{Min: 20 * time.Millisecond, Max: 200 * time.Millisecond}
	Refusal = p2p.Backoff{Min: time.Hour, Max: time.Hour}
)

// Harness is how the tests get at an adapter.
type Harness struct {
	// Start starts an endpoint with the backoffs above. The same identity
	// has the same peer id each time, and a new address. For so long as parting
	// it lets a peer read why it is let go.
	Start func(t testing.TB, identity int, secret [p2p.SecretSize]byte, parting time.Duration, known ...string) p2p.Network
	// Partition cuts two endpoints off from each other, both ways, until
	// heal is called.
	Partition func(t testing.TB, a, b p2p.Network) (heal func())
	// Patience is a context that is over when a test gives up waiting for
	// what must happen.
	Patience func(t testing.TB) context.Context
}

var (
	ours   = [p2p.SecretSize]byte{1, 2, 3}
	theirs = [p2p.SecretSize]byte{3, 2, 1}
)

// world is one test.
type world struct {
	*testing.T
	h       Harness
	parting time.Duration
	open    *[]p2p.Network // at the end they are closed at once, so that each reads what the others say
}

// reads is the world of a test in which whoever is let go reads why: however slow the
// machine is, it is given the time.
func (w world) reads() world {
	w.parting = time.Hour
	return w
}

// peer is one endpoint of a test and its events.
type peer struct {
	p2p.Network
	t      world
	passed *[]p2p.Event // that nobody waited for when they came
}

func (w world) start(identity int, secret [p2p.SecretSize]byte, known ...string) peer {
	w.Helper()
	p := peer{w.h.Start(w, identity, secret, w.parting, known...), w, new([]p2p.Event)}
	*w.open = append(*w.open, p)
	return p
}

// pair starts two connected endpoints.
func (w world) pair() (a, b peer, ca, cb p2p.Conn) {
	w.Helper()
	a = w.start(1, ours)
	b = w.start(2, ours, a.Addrs()...)
	return a, b, a.up(b), b.up(a)
}

// next waits for an event that fits. Others are passed over, except that a
// test that waits for one of an Up and a Down does not expect the other.
func (p peer) next(what string, fits func(p2p.Event) bool) p2p.Event {
	p.t.Helper()
	limit := limited(p.t).Done()
	for {
		select {
		case e, ok := <-p.Events():
			if !ok {
				p.t.Fatalf("%s: events closed while waiting for %s", p.Self(), what)
			}
			if fits(e) {
				return e
			}
			*p.passed = append(*p.passed, e)
			p.t.Logf("%s: passes over %v %s %q", p.Self(), e.Kind, e.Peer, e.Reason)
		case <-limit:
			p.t.Fatalf("%s: no %s; peers: %+v", p.Self(), what, p.Peers())
		}
	}
}

func (p peer) event(k p2p.Kind, of peer) p2p.Event {
	p.t.Helper()
	return p.next(k.String()+" of "+of.Self(), func(e p2p.Event) bool {
		if e.Peer != of.Self() {
			return false
		}
		if k == p2p.Refused && e.Kind == p2p.Up {
			p.t.Fatalf("%s: Up of %s, which is to be refused", p.Self(), of.Self())
		}
		return e.Kind == k
	})
}

func (p peer) up(of peer) p2p.Conn {
	p.t.Helper()
	c := p.event(p2p.Up, of).Conn
	if c == nil || c.Peer() != of.Self() {
		p.t.Fatalf("%s: Up of %s with Conn %v", p.Self(), of.Self(), c)
	}
	return c
}

// learns waits for the Learned that tells where another peer lives now. It may
// have come before the Up: nothing says which is first.
func (p peer) learns(of peer) {
	p.t.Helper()
	fits := func(e p2p.Event) bool {
		return e.Kind == p2p.Learned && e.Peer == of.Self() && sameSet(e.Addrs, of.Addrs())
	}
	if !slices.ContainsFunc(*p.passed, fits) {
		p.next("learned address of "+of.Self(), fits)
	}
}

// status is what p knows of another peer.
func (p peer) status(of peer) p2p.Peer {
	for _, s := range p.Peers() {
		if s.ID == of.Self() {
			return s
		}
	}
	return p2p.Peer{}
}

// limited is a context for what must happen.
func limited(w world) context.Context { return w.h.Patience(w.T) }

// test runs one test and then looks for goroutines that it left behind.
func test(t *testing.T, h Harness, name string, f func(w world)) {
	t.Run(name, func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		w := world{T: t, h: h, parting: parting, open: new([]p2p.Network)}
		t.Cleanup(func() { // after all others
			for limit := limited(w); !t.Failed(); {
				if err := goleak.Find(before); err == nil {
					return
				} else if limit.Err() != nil {
					t.Error(err)
				}
			}
		})
		t.Cleanup(func() {
			var closing sync.WaitGroup
			for _, n := range *w.open {
				closing.Go(func() { n.Close() })
			}
			closing.Wait()
		})
		f(w)
	})
}
