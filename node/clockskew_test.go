package node_test

import (
	"crypto/ed25519"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestClocksThatAreWrong: nodes whose clocks stand in 1970, jump by a day either
// way, or are 50 years ahead. Who has seen a change overwrites it whatever the clocks
// say, nobody's clock is dragged along, and each side sees how far off the other is.
func TestClocksThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		name    string
		off     []time.Duration // of the clock of b, at each of its starts
		skewed  bool            // b is further off than MaxSkew at its last
		stamped bool            // its documents are stamped more than a day ahead
	}{
		{"right", []time.Duration{0, 0}, false, false},
		{"boots in 1970", []time.Duration{0, -30 * 365 * 24 * time.Hour}, true, false},
		{"a day back and forth", []time.Duration{-23 * time.Hour, 23 * time.Hour, 0}, false, false},
		{"a day ahead and back", []time.Duration{25 * time.Hour, -24 * time.Hour}, true, true},
		{"50 years ahead", []time.Duration{50 * 365 * 24 * time.Hour}, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t)
				disk, device := store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
				a := w.open("a", node.Options{})
				var off atomic.Int64
				clock := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
				put(t, a, "c/k", `"a"`)
				for i, by := range c.off {
					off.Store(int64(by))
					b := w.open("b", node.Options{Store: disk, Device: device, Clock: clock})
					w.join(a, b)
					w.converge(a, b)
					for n := range 2 { // in turn: each has seen what the other wrote
						body := fmt.Sprintf(`"b %d %d"`, i, n)
						put(t, b, "c/k", body)
						w.converge(a, b)
						want(t, a, "c/k", body)
						body = fmt.Sprintf(`"a %d %d"`, i, n)
						put(t, a, "c/k", body)
						w.converge(a, b)
						want(t, b, "c/k", body)
					}
					time.Sleep(2 * time.Minute) // for a ping
					if i == len(c.off)-1 {
						skewOn(t, a, by, c.skewed)
						skewOn(t, b, -by, c.skewed)
						s, err := a.Status(t.Context())
						if err != nil {
							t.Fatal(err)
						}
						if (s.Skewed > 0) != c.stamped {
							t.Errorf("%d stamps counted as far ahead", s.Skewed)
						}
					}
					w.close(b)
					disk = disk.Kill()
				}
				dragged(t, a)
				w.close(a)
			})
		})
	}
}

// skewOn looks at how far n says that its one peer is off.
func skewOn(t *testing.T, n *node.Node, by time.Duration, far bool) {
	t.Helper()
	for p, err := range n.Peers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Skew == nil || (*p.Skew-by).Abs() > time.Second || (p.Skew.Abs() > node.MaxSkew) != far {
			t.Errorf("%s sees %s off by %v, not %v", n.Name(), p.Name, p.Skew, by)
		}
	}
}

// dragged makes sure that what n writes next is stamped at most MaxDrag ahead of its
// own clock.
func dragged(t *testing.T, n *node.Node) {
	t.Helper()
	put(t, n, "c/mine", `1`)
	if ahead := time.Until(node.HighWater(n).Time()); ahead > crdt.MaxDrag+time.Second {
		t.Errorf("the clock of %s was dragged %s ahead", n.Name(), ahead)
	}
}
