package node_test

import (
	"crypto/ed25519"
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

// counted is a store that counts its syncs and can make them wait.
type counted struct {
	storage.Store
	syncs, updates atomic.Int64

	mu   sync.Mutex
	gate chan struct{} // a Sync waits until it is closed; nil lets it pass
}

func (c *counted) Sync() error {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	c.syncs.Add(1)
	return c.Store.Sync()
}

func (c *counted) Update(fn func(storage.Tx) error) error {
	c.updates.Add(1)
	return c.Store.Update(fn)
}

// hold makes every Sync wait until release is called.
func (c *counted) hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return func() {
		c.mu.Lock()
		c.gate = nil
		c.mu.Unlock()
		close(gate)
	}
}

func TestWritersShareOneSync(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &counted{Store: store.New()}
		n := alone(t, node.Options{Store: disk})
		syncs, updates := disk.syncs.Load(), disk.updates.Load()
		release := disk.hold()
		var wg sync.WaitGroup
		var acknowledged atomic.Int64
		for i := range 500 {
			wg.Go(func() {
				put(t, n, fmt.Sprintf("c/%d", i%100), fmt.Sprintf(`{"i":%d}`, i))
				acknowledged.Add(1)
			})
		}
		bubble.Wait() // all wait: some for the sync, the others for the loop
		if k := acknowledged.Load(); k != 0 {
			t.Errorf("%d writes were acknowledged before the sync", k)
		}
		release()
		wg.Wait()
		if s, u := disk.syncs.Load()-syncs, disk.updates.Load()-updates; s > 3 || u > 4 {
			t.Errorf("%d syncs and %d transactions for 500 writers", s, u)
		}
		if k, err := n.Collection("c").Count(t.Context()); k != 100 || err != nil {
			t.Errorf("%d documents, %v", k, err)
		}
	})
}

func TestAFailingRequestDoesNotSpoilItsGroup(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &counted{Store: store.New()}
		n := alone(t, node.Options{Store: disk})
		release := disk.hold()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { put(t, n, fmt.Sprintf("c/%d", i), `1`) })
			wg.Go(func() {
				_, err := n.Collection("c").Put(t.Context(), fmt.Sprintf("bad%d", i), []byte(`1`), node.PutOptions{IfPresent: true})
				if !errors.Is(err, node.ErrVersion) {
					t.Errorf("precondition: %v", err)
				}
			})
		}
		bubble.Wait()
		release()
		wg.Wait()
		if k, _ := n.Collection("c").Count(t.Context()); k != 50 {
			t.Errorf("%d documents, want 50", k)
		}
	})
}

func TestCloseWithWaiters(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &counted{Store: store.New()}
		n := alone(t, node.Options{Store: disk})
		put(t, n, "c/0", `0`)
		now, err := n.Now(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		release := disk.hold()
		begun, later := make(chan error, 2), make(chan error, 10)
		write := func(key string) error {
			_, err := n.Collection("c").Put(t.Context(), key, []byte(`1`), node.PutOptions{})
			return err
		}
		for range cap(begun) {
			go func() { begun <- write("begun") }()
			bubble.Wait() // one is being synced, then the next is committed behind it
		}
		for i := range cap(later) {
			go func() { later <- write(fmt.Sprint(i)) }()
		}
		watched := make(chan error, 1)
		go func() {
			for c, err := range n.Changes(t.Context(), now, node.WatchOptions{}) {
				if err != nil {
					watched <- err
				} else if c.Key != "begun" {
					t.Errorf("watched %v", c)
				}
			}
		}()
		bubble.Wait()
		closed := make(chan error, 1)
		go func() { closed <- n.Close() }()
		bubble.Wait()
		release()
		if err := <-closed; err != nil {
			t.Error("close:", err)
		}
		for range cap(begun) {
			if err := <-begun; err != nil {
				t.Error("what was begun:", err)
			}
		}
		for range cap(later) {
			if err := <-later; !errors.Is(err, node.ErrClosed) {
				t.Error("what was waiting:", err)
			}
		}
		if err := <-watched; !errors.Is(err, node.ErrClosed) {
			t.Error("watcher:", err)
		}
		for what, err := range map[string]error{"put": write("x"), "again": n.Close()} {
			if want := map[string]error{"put": node.ErrClosed}[what]; !errors.Is(err, want) {
				t.Errorf("%s after close: %v", what, err)
			}
		}
		if _, err := n.Collection("c").Get(t.Context(), "0"); !errors.Is(err, node.ErrClosed) {
			t.Errorf("get after close: %v", err)
		}
	})
}

func TestTokensCountOnlyWhatIsDurable(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &counted{Store: store.New()}
		n := alone(t, node.Options{Store: disk})
		put(t, n, "c/0", `0`)
		release := disk.hold()
		var told atomic.Int64
		var wg sync.WaitGroup
		wg.Go(func() { put(t, n, "c/1", `1`) })
		bubble.Wait()
		want(t, n, "c/1", `1`) // committed, not yet durable
		wg.Go(func() {
			if _, err := n.Now(t.Context()); err != nil {
				t.Error(err)
			}
			told.Add(1)
		})
		wg.Go(func() {
			drain(t, n, node.Token{}, node.WatchOptions{})
			told.Add(1)
		})
		bubble.Wait()
		if told.Load() != 0 {
			t.Error("a token counts what is not on disk")
		}
		release()
		wg.Wait()
	})
}

func TestRelaxedSyncsBeforeItSends(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := &counted{Store: store.New()}
		a, b := w.open("a", node.Options{Store: disk, Durability: node.Relaxed}), w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, b, "c/0", `0`)
		w.join(a, b)
		w.converge(a, b)
		time.Sleep(time.Second)
		release := disk.hold()
		put(t, a, "c/k", `1`) // acknowledged although nothing is synced
		bubble.Wait()
		want(t, a, "c/k", `1`)
		want(t, b, "c/k", "not found")
		release()
		bubble.Wait() // no time passes: this is not the timer's sync
		want(t, b, "c/k", `1`)
		time.Sleep(time.Second)

		before := disk.syncs.Load()
		for i := range 100 {
			put(t, a, fmt.Sprintf("alone/%d", i), `1`)
		}
		w.close(b)
		time.Sleep(time.Second)
		if s := disk.syncs.Load() - before; s == 0 || s > 110 {
			t.Errorf("%d syncs of 100 relaxed writes", s)
		}
	})
}

func TestUncleanStopOfARelaxedNode(t *testing.T) {
	_, device, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []node.Durability{node.Relaxed, node.Fsync} {
		disk := store.New()
		n := alone(t, node.Options{Store: disk, Device: device, Durability: d})
		put(t, n, "c/k", `1`)
		again := alone(t, node.Options{Store: disk.Crash(), Device: device, Durability: d})
		if renewed := again.Replica() != n.Replica(); renewed != (d == node.Relaxed) {
			t.Errorf("%s: new incarnation after an unclean stop: %v", d, renewed)
		}
		if d == node.Fsync {
			want(t, again, "c/k", `1`)
		}
	}
}

func TestFailedSyncStopsWrites(t *testing.T) {
	disk := store.New()
	var failed error
	n, err := node.Open(t.Context(), node.Options{Store: disk, Events: node.Events{Failed: func(err error) { failed = err }}})
	if err != nil {
		t.Fatal(err)
	}
	put(t, n, "c/k", `1`)
	boom := errors.New("input/output error")
	disk.Inject(store.Faults{Sync: boom})
	for range 3 { // the disk recovers; what is on it is still not known
		_, err := n.Collection("c").Put(t.Context(), "k", []byte(`2`), node.PutOptions{})
		if !errors.Is(err, node.ErrStore) || !errors.Is(err, boom) {
			t.Errorf("put: %v", err)
		}
	}
	if s, err := n.Status(t.Context()); err != nil || s.Failed == "" || !errors.Is(failed, boom) {
		t.Errorf("status: %q, %v; event: %v", s.Failed, err, failed)
	}
	if _, err := n.Collection("c").Get(t.Context(), "k"); err != nil {
		t.Errorf("get: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestFailedCommitFailsItsWriters(t *testing.T) {
	disk := store.New()
	n := alone(t, node.Options{Store: disk})
	put(t, n, "c/k", `1`)
	boom := errors.New("no space left on device")
	disk.Inject(store.Faults{BeforeCommit: boom})
	if _, err := n.Collection("c").Put(t.Context(), "k", []byte(`2`), node.PutOptions{}); !errors.Is(err, boom) {
		t.Errorf("put: %v", err)
	}
	want(t, n, "c/k", `1`)
	disk.Inject(store.Faults{AfterCommit: boom}) // the writer cannot know
	if _, err := n.Collection("c").Put(t.Context(), "k", []byte(`3`), node.PutOptions{}); !errors.Is(err, boom) {
		t.Errorf("put: %v", err)
	}
	want(t, n, "c/k", `3`)
	put(t, n, "c/k", `4`)
	want(t, n, "c/k", `4`)
}

func TestLargeTransactionsAreSplitOrRefused(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &counted{Store: store.New()}
		n := alone(t, node.Options{Store: disk})
		release := disk.hold()
		var wg sync.WaitGroup
		big := `"` + string(make400K()) + `"`
		for i := range 10 { // together more than one storage transaction
			wg.Go(func() { put(t, n, fmt.Sprintf("c/%d", i), big) })
		}
		bubble.Wait()
		release()
		wg.Wait()
		err := n.Update(t.Context(), func(tx *node.Tx) error {
			for i := range node.MaxTransaction + 1 {
				if err := tx.Put("d", fmt.Sprint(i), []byte(`1`), node.PutOptions{}); err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.Is(err, node.ErrTooLarge) {
			t.Errorf("too many documents: %v", err)
		}
		err = n.Update(t.Context(), func(tx *node.Tx) error {
			for i := range node.MaxTransaction {
				if err := tx.Put("d", fmt.Sprint(i), []byte(`1`), node.PutOptions{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%d documents: %v", node.MaxTransaction, err)
		}
	})
}

// TestSmallTransactions: the store takes much less at once than a group of
// writers, or a frame of a peer, has: both are committed in parts.
func TestSmallTransactions(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		small := func() *counted { return &counted{Store: store.Open(store.Options{MaxTxSize: 30 << 10})} }
		disk := small()
		a, b := w.open("a", node.Options{Store: disk}), w.open("b", node.Options{Store: small()})
		defer w.close(a, b)
		release := disk.hold()
		var wg sync.WaitGroup
		body := `"` + string(make400K()[:1000]) + `"`
		for i := range 300 {
			wg.Go(func() { put(t, a, fmt.Sprintf("c/%d", i), body) })
		}
		bubble.Wait()
		release()
		wg.Wait()
		w.join(a, b)
		w.converge(a, b)
		if k, err := b.Collection("c").Count(t.Context()); k != 300 || err != nil {
			t.Errorf("%d documents, %v", k, err)
		}
		_, err := a.Collection("c").Put(t.Context(), "big", []byte(`"`+string(make400K())+`"`), node.PutOptions{})
		if !errors.Is(err, node.ErrTooLarge) {
			t.Errorf("a document that never fits: %v", err)
		}
	})
}

func make400K() []byte {
	b := make([]byte, 400<<10)
	for i := range b {
		b[i] = 'a' + byte(i*7%26)
	}
	return b
}
