package node_test

import (
	"crypto/ed25519"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// TestRenewedBeginsAnew: sessions are told at their beginning as whom this node
// writes; when that changes they end, and the next ones know it.
func TestRenewedBeginsAnew(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk, device := store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
		a, b := w.open("a", node.Options{Store: disk, Device: device}), w.open("b", node.Options{})
		w.join(a, b)
		put(t, a, "c/k", `{"n":1}`)
		w.converge(a, b)
		backup := disk.Kill()
		put(t, a, "c/k", `{"n":2}`)
		put(t, a, "c/l", `{"n":2}`)
		w.converge(a, b)
		w.close(a)
		var mu sync.Mutex
		var renewed, anew int
		a = w.open("a", node.Options{Store: backup, Device: device, Events: node.Events{
			Incarnation: func(node.IncarnationEvent) {
				mu.Lock()
				defer mu.Unlock()
				renewed++
			},
			PeerDown: func(e node.PeerEvent) {
				mu.Lock()
				defer mu.Unlock()
				if strings.HasPrefix(e.Reason, "new incarnation") {
					anew++
				}
			},
		}})
		defer w.close(a, b)
		w.join(b, a)
		time.Sleep(10 * time.Second)
		put(t, a, "c/m", `{"n":3}`)
		w.converge(a, b)
		want(t, a, "c/k", `{"n":2}`)
		want(t, b, "c/m", `{"n":3}`)
		mu.Lock()
		defer mu.Unlock()
		if renewed != 1 || anew != 1 {
			t.Errorf("%d new incarnations, %d sessions ended for it", renewed, anew)
		}
	})
}
