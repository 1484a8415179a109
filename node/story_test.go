package node_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

var storySeed = flag.Uint64("story", 0, "run TestStories with this seed only")

// TestStories lets some nodes live through a random story: edits everywhere,
// partitions, lost connections, restarts, kills, pauses. In the end all hold
// the same.
func TestStories(t *testing.T) {
	first, last := uint64(1), uint64(30)
	if testing.Short() {
		last = 5
	}
	if *storySeed > 0 {
		first, last = *storySeed, *storySeed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) { newStory(t, seed).tell() })
			if t.Failed() {
				t.Logf("again: go test ./node -run TestStories -story %d", seed)
			}
		})
	}
}

// story is one run of TestStories.
type story struct {
	*world
	rng    *rand.Rand
	invite string
	nodes  []*node.Node
	disks  []*store.Store
	dirs   []string
}

func newStory(t *testing.T, seed uint64) *story {
	s := &story{world: newWorld(t), rng: rand.New(rand.NewPCG(seed, 0))}
	for range 2 + s.rng.IntN(3) {
		s.disks, s.dirs, s.nodes = append(s.disks, store.New()), append(s.dirs, t.TempDir()), append(s.nodes, nil)
	}
	for i := range s.nodes {
		s.start(i)
	}
	return s
}

// start opens node i on what its disk holds, and makes it known to a member.
func (s *story) start(i int) {
	o := node.Options{Store: s.disks[i], Dir: s.dirs[i], Durability: []node.Durability{node.Fsync, node.Relaxed}[i%2]}
	s.nodes[i] = s.open(string(rune('a'+i)), o)
	for j, n := range s.nodes {
		if j != i && n != nil {
			s.join(n, s.nodes[i])
			return
		}
	}
}

func (s *story) tell() {
	for range 60 {
		s.step()
	}
	s.Heal()
	s.SetLoss(0)
	s.SetLatency(0, 0)
	for _, n := range s.nodes {
		if err := n.Resume(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		s.join(s.nodes[0], s.nodes[1:]...)
	}
	time.Sleep(10 * time.Second)
	s.converge(s.nodes...)
	s.close(s.nodes...)
}

func (s *story) step() {
	i := s.rng.IntN(len(s.nodes))
	n := s.nodes[i]
	address := fmt.Sprintf("%c/k%d", 'x'+s.rng.IntN(2), s.rng.IntN(6))
	switch x := s.rng.IntN(100); {
	case x < 30:
		put(s.t, n, address, fmt.Sprintf(`{"f%d":%d,"g":"%s"}`, s.rng.IntN(3), s.rng.IntN(9), n.Name()))
	case x < 45:
		patch(s.t, n, address, fmt.Sprintf(`{"f%d":{"h":%d}}`, s.rng.IntN(3), s.rng.IntN(9)))
	case x < 55:
		c, k, _ := strings.Cut(address, "/")
		if _, err := n.Collection(c).Delete(s.t.Context(), k, node.PutOptions{}); err != nil && !errors.Is(err, node.ErrNotFound) {
			s.t.Fatal(err)
		}
	case x < 58:
		for k := range 300 {
			put(s.t, n, fmt.Sprintf("bulk/%d", k), fmt.Sprintf(`{"by":"%s"}`, n.Name()))
		}
	case x < 63:
		half := s.nodes[0].Name()
		s.Partition([]string{half, n.Name()})
	case x < 68:
		s.Heal()
	case x < 71:
		s.SetLoss([]float64{0, 0.02}[s.rng.IntN(2)])
	case x < 74:
		s.SetLatency(time.Duration(s.rng.IntN(3))*time.Millisecond, 50*time.Millisecond)
	case x < 78:
		s.Break(n.Name(), s.nodes[s.rng.IntN(len(s.nodes))].Name())
	case x < 82:
		s.restart(i)
	case x < 85:
		if err := n.Pause(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	case x < 88:
		if err := n.Resume(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	default:
		time.Sleep(time.Duration(s.rng.IntN(3000)) * time.Millisecond)
	}
}

// restart closes node i and opens it again: sometimes on what a clean stop
// leaves, sometimes on what a kill in full flight had left.
func (s *story) restart(i int) {
	killed := s.disks[i].Kill()
	if s.rng.IntN(2) == 0 {
		killed = s.disks[i].Crash()
	}
	s.close(s.nodes[i])
	if s.rng.IntN(2) == 0 {
		s.disks[i] = s.disks[i].Kill() // after the clean stop
	} else {
		s.disks[i] = killed
	}
	s.start(i)
}
