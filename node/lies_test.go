package node_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	network "github.com/crdtstore/crdtstore/p2p/memory"
)

// lying is the stage of one lie: two honest nodes, who hold what each wrote,
// and a crook.
type lying struct {
	*crook
	world  *world
	a, b   *node.Node
	disk   *slowDisk // of a
	noting sync.Mutex
	told   []string // incidents and incarnations at a
}

func (s *lying) note(format string, args ...any) {
	s.noting.Lock()
	defer s.noting.Unlock()
	s.told = append(s.told, fmt.Sprintf(format, args...))
}

// counted is how many notes begin with a word.
func (s *lying) counted(word string) (n int) {
	s.noting.Lock()
	defer s.noting.Unlock()
	for _, x := range s.told {
		if strings.HasPrefix(x, word) {
			n++
		}
	}
	return n
}

// everybody is a vector that counts what a and b have signed so far.
func (s *lying) everybody() crdt.VersionVector {
	return crdt.Counters{s.a.Replica(): 2, s.b.Replica(): 1}.Vector()
}

// trick is one lie, why it ends the session ("" if it does not), and what else
// has to hold then.
type trick struct {
	name, reason string
	leads        bool   // the crook is the initiator
	kept         bool   // it is no violation: it may come again
	may          string // end the session, once
	large        bool   // not with -short
	do           func(*lying)
	after        func(*lying)
}

// strict opens a node that keeps out who misbehaves for as long as a real one.
func (s *lying) strict(w *world, name string, o node.Options) *node.Node {
	o.Name, o.Network = name, func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		return w.Start(network.Options{Self: name, Secret: c.Secret, Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: time.Second}})
	}
	n, err := node.Open(w.t.Context(), o)
	ok(w.t, err)
	return n
}

const (
	growth  = 48 << 20  // bytes of live heap that a crook may cost while it is there
	obtains = 512 << 20 // bytes that the process may take from the system on top of what it has
)

// TestLies: a member lies to a node. The session ends with a reason that names
// it, and the member is kept out for a while; or the lie does no harm. Others do
// not notice, what the node remembers is bounded, and nothing is left running.
func TestLies(t *testing.T) {
	for _, all := range [][]trick{
		lyingHeads, lyingFrames, lyingDrains, lyingKnowledge, lyingAnnouncements, lyingTrees, lyingChecks, lyingScopes, lyingMessages, lyingKinds(),
	} {
		for _, x := range all {
			if x.large && testing.Short() {
				continue
			}
			t.Run(x.name, func(t *testing.T) { bubble.Test(t, func(t *testing.T) { tell(t, x) }) })
		}
	}
}

func tell(t *testing.T, x trick) {
	w := newWorld(t)
	s := &lying{world: w, disk: newSlowDisk()}
	s.a = s.strict(w, "m", node.Options{Store: s.disk, Events: node.Events{
		Incident:    func(e node.IncidentEvent) { s.note("%s %s/%s %s", e.Kind, e.Collection, e.Key, e.Detail) },
		Incarnation: func(e node.IncarnationEvent) { s.note("incarnation %s", e.Reason) },
	}})
	s.b = w.open("n", node.Options{})
	w.join(s.a, s.b)
	put(t, s.a, "c/a", `{"n":1}`)
	put(t, s.a, "c/a2", `{"n":1}`)
	put(t, s.b, "c/b", `{"n":1}`)
	w.converge(s.a, s.b)
	before := memory()

	name := "z"
	if x.leads {
		name = "crook"
	}
	s.crook = intrude(t, w, s.a, name)
	x.do(s)
	if x.reason != "" {
		select {
		case <-s.over:
		case <-time.After(5 * time.Minute):
		}
	} else {
		time.Sleep(time.Second)
	}
	bubble.Wait()
	why, ups := s.fate()
	if !strings.HasPrefix(why, x.reason) || x.reason == "" && why != x.may && why != "" {
		t.Errorf("the session ended with %q, want %q", why, x.reason)
	}
	if now := memory(); now.HeapAlloc > before.HeapAlloc+growth || now.Sys > before.Sys+obtains {
		t.Errorf("%d MiB more are in use, %d more were obtained", (now.HeapAlloc-before.HeapAlloc)>>20, (now.Sys-before.Sys)>>20)
	}
	if x.reason != "" && !x.kept {
		time.Sleep(10 * time.Second) // its network tries every 100 ms
		if _, again := s.fate(); again != ups {
			t.Errorf("after %q it was let in again at once", why)
		}
		if st := status(t, s.a, name); st.State != node.Refused || !strings.HasPrefix(st.Why, x.reason) {
			t.Errorf("it is %s: %q", st.State, st.Why)
		}
	}
	put(t, s.a, "c/a", `{"n":2}`)
	put(t, s.b, "c/after", `{"n":2}`)
	if err := s.b.WaitConverged(t.Context(), node.WaitOptions{Peers: []string{s.a.PeerID()}}); err != nil {
		t.Error(err)
	}
	for _, n := range []*node.Node{s.a, s.b} {
		for _, key := range []string{"c/a2", "c/b"} {
			want(t, n, key, `{"n":1}`)
		}
		want(t, n, "c/a", `{"n":2}`)
		want(t, n, "c/after", `{"n":2}`)
	}
	roots(t, s.a, s.b)
	if x.after != nil {
		x.after(s)
	}
	ok(t, s.net.Close())
	w.close(s.b, s.a)
}

// passes lets time pass, in the bubble.
func (s *lying) passes(d time.Duration) { time.Sleep(d) }

func memory() (m runtime.MemStats) {
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m
}
