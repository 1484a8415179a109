package node_test

import (
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// shed is a device whose disk outlives it, in a mesh with others that do not end.
type shed struct {
	*node.Node
	w      *world
	disk   *store.Store
	device ed25519.PrivateKey
	invite string
}

// newShed opens a device beside others.
func newShed(w *world, others ...*node.Node) *shed {
	w.t.Helper()
	invite, err := others[0].Invite(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	s := &shed{w: w, disk: store.New(), device: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), invite: invite}
	s.open()
	return s
}

func (s *shed) open() {
	s.w.t.Helper()
	s.Node = s.w.open("shed", node.Options{Store: s.disk, Device: s.device, Join: []string{s.invite}})
}

// restart stops the device, or kills it, and starts it again.
func (s *shed) restart(kill bool) {
	s.w.t.Helper()
	if !kill {
		s.w.close(s.Node)
	}
	s.disk = s.disk.Kill()
	if kill {
		s.w.close(s.Node)
	}
	s.open()
}

func (s *shed) unsent() *node.Unsent {
	s.w.t.Helper()
	st, err := s.Status(s.w.t.Context())
	if err != nil {
		s.w.t.Fatal(err)
	}
	if st.Unsent == nil {
		s.w.t.Fatal("cannot be told")
	}
	return st.Unsent
}

// expect wants so many documents, of which the oldest change was made at a moment: what is said is
// never later, and at most so much earlier.
func (s *shed) expect(what string, documents int, at time.Time, within time.Duration) {
	s.w.t.Helper()
	u := s.unsent()
	if u.Documents != (node.Count{N: documents}) {
		s.w.t.Errorf("%s: %s documents, want %d", what, u.Documents, documents)
	}
	if documents > 0 && (u.After.After(at) || u.After.Before(at.Add(-within))) {
		s.w.t.Errorf("%s: after %s, the oldest is of %s", what, u.After, at)
	}
}

// TestUnsent: what no peer has is counted with the age of its oldest change, over restarts,
// and is nothing when a peer has it.
func TestUnsent(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.open("b", node.Options{})
		s := newShed(w, b)
		put(t, s.Node, "c/a", `1`)
		put(t, s.Node, "c/gone", `1`)
		put(t, b, "d/of-b", `1`)
		w.converge(s.Node, b)
		s.expect("all is at b", 0, time.Time{}, 0)
		time.Sleep(2 * time.Minute) // kept
		w.close(b)
		s.restart(true)
		s.expect("b went, and the device was killed", 0, time.Time{}, 0)

		time.Sleep(3 * time.Hour)
		first := time.Now()
		put(t, s.Node, "c/a", `2`)
		time.Sleep(time.Hour)
		put(t, s.Node, "c/a", `3`)
		put(t, s.Node, "c/new", `3`)
		del(t, s.Node, "c/gone")
		s.expect("written while alone", 3, first, time.Minute+time.Second)
		time.Sleep(24 * time.Hour)
		s.expect("a day later", 3, first, time.Minute+time.Second)
		found, err := s.Findings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for _, f := range found {
			if f.Kind == node.FindingOnlyHere {
				said = f.Happened
			}
		}
		if !strings.Contains(said, "3 documents") || !strings.Contains(said, "at most 25h") {
			t.Errorf("doctor says %q of %v", said, found)
		}
		s.restart(false)
		s.expect("stopped and started", 3, first, time.Minute+time.Second)
		time.Sleep(time.Hour)
		s.restart(true)
		s.expect("killed", 3, first, time.Minute+time.Second)
		w.close(s.Node)
	})
}

// TestUnsentOfAFormerSelf: what a copy of the store has written under the numbers of this one is not
// taken for what this one has written.
func TestUnsentOfAFormerSelf(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		b := w.open("b", node.Options{})
		s := newShed(w, b)
		put(t, s.Node, "c/base", `1`)
		w.converge(s.Node, b)
		time.Sleep(2 * time.Minute)
		w.close(s.Node)
		copied := *s
		copied.disk, s.disk = s.disk.Kill(), s.disk.Kill()
		s.open()
		for i := range 3 {
			put(t, s.Node, fmt.Sprintf("c/first-%d", i), `1`)
		}
		w.converge(s.Node, b)
		w.close(s.Node)

		copied.open()
		for i := range 3 {
			put(t, copied.Node, fmt.Sprintf("c/second-%d", i), `2`)
		}
		told := -1
		for i := 0; told < 0 && i < 100_000; i++ {
			if time.Sleep(time.Millisecond); copied.unsent().Documents == (node.Count{}) {
				told = i
				for i := range 3 {
					want(t, b, fmt.Sprintf("c/second-%d", i), `2`)
				}
			}
		}
		if told < 0 {
			t.Errorf("never safe: %+v", copied.unsent())
		}
		time.Sleep(2 * time.Minute)
		copied.restart(true)
		if u := copied.unsent(); u.Documents != (node.Count{}) {
			t.Errorf("after a restart %+v", u)
		}
		w.close(copied.Node, b)
	})
}

// TestUnsentAny: whatever comes and goes, nothing that the others do not hold is taken to be there,
// and no change is said to be younger than it is.
func TestUnsentAny(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { bubble.Test(t, func(t *testing.T) { unsentSchedule(t, seed) }) })
	}
}

func unsentSchedule(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 78))
	w := newWorld(t)
	others := w.mesh("b", "c")
	s := newShed(w, others...)
	made := map[string]time.Time{} // "COLLECTION counter" of the device's own changes, by incarnation
	incarnation := 0
	replica := s.Replica()
	for step := range 40 {
		for range r.IntN(4) {
			c, k := fmt.Sprintf("c%d", r.IntN(2)), fmt.Sprintf("k%d", r.IntN(6))
			n := s.Node
			if r.IntN(4) == 0 {
				n = others[r.IntN(2)]
			}
			if r.IntN(4) > 0 || show(t, n, c+"/"+k) == "not found" {
				put(t, n, c+"/"+k, fmt.Sprint(step))
			} else {
				del(t, n, c+"/"+k)
			}
			if n != s.Node {
				continue
			}
			known, err := node.Knows(n, c)
			if err != nil {
				t.Fatal(err)
			}
			for d := known.Max().Counter(n.Replica()); d > 0; d-- {
				id := fmt.Sprint(c, " ", d)
				if _, ok := made[id]; ok {
					break
				}
				made[id] = time.Now()
			}
		}
		switch r.IntN(10) {
		case 0:
			s.restart(false)
		case 1:
			s.restart(true)
		case 2, 3:
			if err := s.Pause(t.Context()); err != nil {
				t.Fatal(err)
			}
		case 4:
			if err := s.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if now := s.Replica(); now != replica {
			incarnation, replica = incarnation+1, now
			clear(made)
		}
		time.Sleep(time.Duration(r.ExpFloat64() * float64([]time.Duration{time.Millisecond, time.Second, 5 * time.Minute}[r.IntN(3)])))
		u := s.unsent()
		for _, c := range []string{"c0", "c1"} {
			var held crdt.Knowledge
			for _, o := range others {
				k, err := node.Knows(o, c)
				if err != nil {
					t.Fatal(err)
				}
				held = held.Merge(k)
			}
			lacking, err := node.Beyond(s.Node, c, held)
			if err != nil {
				t.Fatal(err)
			}
			if lacking > u.Documents.N {
				t.Fatalf("step %d: %d documents of %s are nowhere else, told are %s", step, lacking, c, u.Documents)
			}
			if oldest, ok := made[fmt.Sprint(c, " ", held.Max().Counter(replica)+1)]; ok && lacking > 0 && u.After.After(oldest) {
				t.Fatalf("step %d: %s has a change of %s nowhere else, told is after %s", step, c, oldest, u.After)
			}
		}
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.converge(append(others, s.Node)...)
	s.expect("all have met", 0, time.Time{}, 0)
	w.close(append(others, s.Node)...)
}
