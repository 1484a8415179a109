package node_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// spinning is a disk whose Syncs take their time, or fail.
type spinning struct {
	storage.Store
	takes  time.Duration
	syncs  atomic.Int64
	broken atomic.Bool
}

var errBroken = errors.New("broken disk")

func (d *spinning) Sync() error {
	d.syncs.Add(1)
	time.Sleep(d.takes)
	if d.broken.Load() {
		return errBroken
	}
	return d.Store.Sync()
}

// TestWritersSyncTogether: writers who have nothing else to do are synced all at
// once, not in two halves; others, who come when they come, never wait for each
// other for ever.
func TestWritersSyncTogether(t *testing.T) {
	const puts = 50
	for name, c := range map[string]struct {
		think []time.Duration // between two writes, one for each writer
		most  int64           // syncs
	}{
		"at once":    {make([]time.Duration, 16), puts + 20},
		"each alone": {[]time.Duration{0, 3, 15, 25, 40, 200, 201}, 1000},
		"in vain":    {[]time.Duration{100, 100, 100, 101, 102}, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				disk := &spinning{Store: store.New(), takes: 10 * time.Millisecond}
				n := alone(t, node.Options{Store: disk})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				before := disk.syncs.Load()
				var wg sync.WaitGroup
				for w, think := range c.think {
					wg.Go(func() {
						for i := range puts {
							if _, err := n.Collection("c").Put(ctx, fmt.Sprint(w, "-", i), []byte(`1`), node.PutOptions{}); err != nil {
								t.Errorf("put %d of writer %d: %v", i, w, err)
								return
							}
							time.Sleep(think * time.Millisecond)
						}
					})
				}
				wg.Wait()
				if s := disk.syncs.Load() - before; s > c.most {
					t.Errorf("%d syncs of %d writes of %d writers, at most %d wanted", s, puts, len(c.think), c.most)
				}
				if k, err := n.Collection("c").Count(t.Context()); k != puts*len(c.think) || err != nil {
					t.Errorf("%d documents, %v", k, err)
				}
			})
		})
	}
}

// TestAFailedSyncFailsWhatIsAhead: what was committed while a sync was running
// that failed is not acknowledged either, and nothing is after it (Law H).
func TestAFailedSyncFailsWhatIsAhead(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &spinning{Store: store.New(), takes: time.Second}
		n := alone(t, node.Options{Store: disk})
		disk.broken.Store(true)
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				_, err := n.Collection("c").Put(t.Context(), fmt.Sprint(i), []byte(`1`), node.PutOptions{})
				if !errors.Is(err, node.ErrStore) {
					t.Errorf("put %d: %v", i, err)
				}
				disk.broken.Store(false)
			})
			bubble.Wait()
		}
		want(t, n, "c/1", `1`) // committed behind the one that is being synced
		wg.Wait()
		if _, err := n.Collection("c").Put(t.Context(), "later", []byte(`1`), node.PutOptions{}); !errors.Is(err, node.ErrStore) {
			t.Errorf("later: %v", err)
		}
	})
}
