package node_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// slowIndex is a store where to read the whole dot index of collection c takes until gate is closed.
type slowIndex struct {
	storage.Store
	gate    chan struct{}
	reading *atomic.Int64
}

func (s slowIndex) Snapshot() (storage.Snapshot, error) {
	snap, err := s.Store.Snapshot()
	return slowSnapshot{snap, s}, err
}

type slowSnapshot struct {
	storage.Snapshot
	of slowIndex
}

func (s slowSnapshot) Scan(o storage.ScanOptions) iter.Seq2[storage.Item, error] {
	if bytes.Equal(o.Start, []byte("ic\x00")) && bytes.Equal(o.End, []byte("ic\x01")) {
		s.of.reading.Add(1)
		<-s.of.gate
	}
	return s.Snapshot.Scan(o)
}

// TestSessionsDoNotWaitForTheIndex: while the dot index of a store that was just opened is read, its sessions go on: what
// is written goes to a peer that holds all that is older; to one that lacks something older that comes
// when the index was read, and until then what the peer brings is taken in.
func TestSessionsDoNotWaitForTheIndex(t *testing.T) {
	for _, behind := range []bool{false, true} {
		t.Run(fmt.Sprint("behind ", behind), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, disk := newWorld(t), store.New()
				options := node.Options{Store: disk, Device: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))}
				x, y := w.open("x", options), w.open("y", node.Options{})
				defer func() { w.close(x, y) }()
				w.join(x, y)
				for _, name := range []string{"both", "theirs", "ours", "more"} { // who begins a document reads the index of a small collection
					put(t, x, "c/"+name, `0`)
				}
				w.converge(x, y)
				w.Partition([]string{"x"}, []string{"y"})
				if behind {
					put(t, x, "c/older", `1`)
				}
				put(t, y, "c/theirs", `1`)
				if err := x.Close(); err != nil {
					t.Fatal(err)
				}
				slow := slowIndex{disk.Kill(), make(chan struct{}), new(atomic.Int64)}
				options.Store = slow
				open := sync.OnceFunc(func() { close(slow.gate) })
				defer open()
				x = w.open("x", options)
				w.Heal()
				w.join(y, x)
				time.Sleep(10 * time.Second)
				want(t, x, "c/theirs", `1`)
				put(t, x, "c/ours", `1`)
				put(t, y, "c/more", `1`)
				time.Sleep(time.Second)
				want(t, x, "c/more", `1`)
				if slow.reading.Load() != 1 {
					t.Errorf("%d readings of the index", slow.reading.Load())
				}
				if behind {
					if st := status(t, y, "x"); st.State == node.InSync {
						t.Errorf("x is %s for y", st.State)
					}
				} else {
					w.converge(x, y)
					want(t, y, "c/ours", `1`)
				}
				open()
				w.converge(x, y)
				want(t, y, "c/ours", `1`)
				if behind {
					want(t, y, "c/older", `1`)
				}
			})
		})
	}
}
