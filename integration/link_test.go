package integration

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
	"github.com/crdtstore/crdtstore/p2p/memory"
)

const (
	megabit    = 1_000_000 / 8 // bytes per second
	cutEvery   = 2 * time.Second
	linkBytes  = 20 << 20 // of JSON, of which little can be compressed
	linkBody   = 1000     // bytes of a document, about
	mostWasted = 1.3
)

// TestDrainOverABadLink drains 20 MB over a link of 50 ms and 1 Mbit/s that is
// cut every 2 s. What was committed is not sent again, so the cuts cost only
// what was on its way and the few messages with which a session begins.
func TestDrainOverABadLink(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		hub := memory.New(1)
		hub.SetLatency(50*time.Millisecond, 50*time.Millisecond)
		hub.SetBandwidth(megabit)
		a, b := onHub(t, hub, "a"), onHub(t, hub, "b")
		fillRandom(t, a, linkBytes)
		invite, err := a.Invite(t.Context())
		must(t, err)
		must(t, b.Join(t.Context(), invite))

		begin := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		var cutting sync.WaitGroup
		cuts := 0
		cutting.Go(func() {
			for tick := time.NewTicker(cutEvery); ctx.Err() == nil; {
				select {
				case <-tick.C:
					if hub.Break("a", "b") {
						cuts++
					}
				case <-ctx.Done():
				}
			}
		})
		same := waitSameRoot(t, hub, begin, a, b)
		stop()
		cutting.Wait()
		took, carried := time.Since(begin), hub.Carried()
		ratio := float64(carried) / linkBytes
		t.Logf("%v, %d cuts, %d bytes carried: %.2f × %d; %d documents came", took.Round(time.Second), cuts, carried, ratio, linkBytes, received(t, b))
		if !same {
			t.Fatal("the roots are not equal")
		}
		if ratio > mostWasted {
			t.Errorf("%.2f × the bytes of the documents were carried, at most %g", ratio, mostWasted)
		}
		if cuts < 50 {
			t.Errorf("only %d cuts, nothing is shown", cuts)
		}
	})
}

// onHub opens a node in memory on the hub; the test closes it.
func onHub(t *testing.T, hub *memory.Hub, name string) *node.Node {
	n, err := node.Open(t.Context(), node.Options{Name: name, Network: func(_ context.Context, c node.NetworkConfig) (p2p.Network, error) {
		return hub.Start(memory.Options{Self: name, Secret: c.Secret, Dial: p2p.Backoff{Min: 100 * time.Millisecond, Max: time.Second}})
	}})
	must(t, err)
	t.Cleanup(func() { must(t, n.Close()) })
	return n
}

// fillRandom puts documents of so many bytes in all.
func fillRandom(t *testing.T, n *node.Node, bytes int) {
	rnd := rand.NewChaCha8([32]byte{1})
	var items []node.PutItem
	for i := range bytes / linkBody {
		noise := make([]byte, linkBody*3/4)
		rnd.Read(noise)
		items = append(items, node.PutItem{Key: fmt.Sprintf("k%08x", uint32(i)*2654435761), JSON: fmt.Appendf(nil, "%q", base64.StdEncoding.EncodeToString(noise))})
	}
	results, err := n.Collection("d").PutAll(t.Context(), items)
	must(t, err)
	for _, r := range results {
		must(t, r.Err)
	}
}

// waitSameRoot waits until the two hold the same, for at most 20 minutes.
func waitSameRoot(t *testing.T, hub *memory.Hub, begin time.Time, a, b *node.Node) bool {
	want, err := a.Root(t.Context(), "d")
	must(t, err)
	for tick := time.NewTicker(time.Second); time.Since(begin) < 20*time.Minute; <-tick.C {
		if got, err := b.Root(t.Context(), "d"); err == nil && got == want {
			return true
		}
	}
	return false
}

// received is how many documents came to a node from others.
func received(t *testing.T, n *node.Node) int64 {
	s, err := n.Status(t.Context())
	must(t, err)
	return s.Traffic.DocumentsReceived
}
