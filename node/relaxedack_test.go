package node

import (
	"crypto/ed25519"
	"sync/atomic"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// TestRelaxedNodeAcksWhatIsOnItsDisk: a node whose own writes may wait for the
// disk says of a frame that it has it when that is there, and not before (Law H):
// somebody was told that so many disks hold what he wrote.
func TestRelaxedNodeAcksWhatIsOnItsDisk(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &held{memory.New(), make(chan struct{})}
		close(disk.gate)
		n, err := Open(t.Context(), Options{Store: disk, Durability: Relaxed})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		bubble.Wait()
		disk.gate = make(chan struct{})
		head := crdt.SignHead(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), "c", crdt.SignedHead{Counter: 1, Time: 1})
		f := storage.Frame{Vector: crdt.Counters{head.Replica(): 1}.Vector(), Heads: []crdt.SignedHead{head}}
		var done atomic.Bool
		n.merge("peer", "c", f, func(o outcome) {
			if o.err != nil || !o.grown {
				t.Errorf("%+v", o)
			}
			done.Store(true)
		})
		bubble.Wait()
		v, err := n.docs.View("c")
		if err != nil {
			t.Fatal(err)
		}
		if known := v.Knowledge().Max().Counter(head.Replica()); known != 1 {
			t.Errorf("it is not committed: %d", known)
		}
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		if done.Load() {
			t.Error("it is acknowledged before it is on the disk")
		}
		close(disk.gate)
		bubble.Wait() // no time passes: this is not the timer's sync
		if !done.Load() {
			t.Error("it is on the disk, and not acknowledged")
		}
	})
}
