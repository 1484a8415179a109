package node

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// restsFor is how long a rest may be.
func restsFor(r rest) time.Duration {
	if r.share == 0 {
		return 0
	}
	return time.Until(r.until)
}

// TestRestsEndEarly: of rests that end because enough was written nothing is left to
// be waited for, by whoever rests next.
func TestRestsEndEarly(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var c courtesy
		put := &task{}
		c.begin(put)
		for range 2000 {
			r, other := c.rest(4, 5*time.Millisecond), c.rest(4, 2*time.Millisecond)
			for !c.over(other) {
				c.committed([]change{{"c", 1}})
			}
			time.Sleep(time.Millisecond)
			c.cut(r)
			c.cut(other)
		}
		if pause := restsFor(c.rest(4, 5*time.Millisecond)); pause > 2*restMost {
			t.Errorf("a rest of %v", pause)
		}
	})
}

// TestCourtesy: sessions rest while somebody waits for a local write, all of them
// together, for so long as they have worked, but each no longer than
// restMost; and twice as much is sent as is written.
func TestCourtesy(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		var c courtesy
		if pause := restsFor(c.rest(1000, time.Second)); pause != 0 {
			t.Errorf("nobody waits, and %v are rested", pause)
		}
		hashing, put := &task{derived: true}, &task{}
		c.begin(hashing)
		if pause := restsFor(c.rest(1000, time.Second)); pause != 0 {
			t.Errorf("what nobody waits for, and %v are rested", pause)
		}
		c.begin(put)
		if pause := restsFor(c.rest(10, time.Millisecond)); pause != restFactor*time.Millisecond {
			t.Errorf("%v after a millisecond", pause)
		}
		if pause := restsFor(c.rest(10, time.Second)); pause != restFactor*time.Millisecond+restMost {
			t.Errorf("%v for the next session", pause)
		}
		time.Sleep(time.Second)
		r := c.rest(10, time.Second)
		if pause := restsFor(r); pause != restMost {
			t.Errorf("%v, %v at most wanted", restsFor(r), restMost)
		}
		for i := range 6 {
			if over := i == 5; c.over(r) != over {
				t.Errorf("over after %d of 10 documents: %v", i, !over)
			}
			c.committed([]change{{"c", 1}, {"d", 0}})
		}
		c.end(put)
		if pause := restsFor(c.rest(10, time.Second)); pause != 0 {
			t.Errorf("nobody waits any more, and %v are rested", pause)
		}
	})
}

// TestMergesEndRests: who catches up is sent as much as before while other peers bring more than
// local writers write: a rest is over when half of what was sent has come, from wherever.
func TestMergesEndRests(t *testing.T) {
	n, err := Open(t.Context(), Options{Store: memory.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	c := &n.writer.courtesy
	put := &task{}
	c.begin(put)
	defer c.end(put)
	r := c.rest(10, time.Second)
	if c.over(r) {
		t.Fatal("over at once")
	}
	merged := make(chan error)
	n.writer.remote.push(&task{
		ctx: t.Context(), durable: true,
		run: func(b *batch) error {
			b.begin()
			b.changed("c", 5)
			return nil
		},
		finish: func(err error) { merged <- err },
	})
	if err := <-merged; err != nil {
		t.Fatal(err)
	}
	if !c.over(r) {
		t.Error("5 documents of 10 were merged, and it is not over")
	}
}

// TestAtOnce: who writes alone in relaxed mode runs his task himself; where somebody
// is at work, or waits, he goes through the queue.
func TestAtOnce(t *testing.T) {
	for _, d := range []Durability{Relaxed, Fsync} {
		bubble.Test(t, func(t *testing.T) {
			n, err := Open(t.Context(), Options{Store: memory.New(), Durability: d})
			if err != nil {
				t.Fatal(err)
			}
			defer n.Close()
			bubble.Wait()
			w := n.writer
			var at string
			if err := w.do(&task{ctx: t.Context(), run: func(*batch) error { at = string(debug.Stack()); return nil }}); err != nil {
				t.Error(err)
			}
			if byLoop := !strings.Contains(at, "atOnce"); byLoop == (d == Relaxed) {
				t.Errorf("%s: by the loop: %v", d, byLoop)
			}
			put := func(key string) {
				if _, err := n.Collection("c").Put(t.Context(), key, []byte(`1`), PutOptions{}); err != nil {
					t.Error(err)
				}
			}
			put("a")
			w.turn <- struct{}{}
			done := make(chan struct{})
			go func() { defer close(done); put("b") }()
			bubble.Wait()
			if w.local.count() != 1 {
				t.Errorf("%s: %d tasks wait", d, w.local.count())
			}
			<-w.turn
			<-done
			if k, err := n.Collection("c").Count(t.Context()); k != 2 || err != nil {
				t.Errorf("%d documents, %v", k, err)
			}
		})
	}
}

// TestAtOnceIsSyncedSoon: what was written so is on disk soon, although the loop has
// had nothing to do.
func TestAtOnceIsSyncedSoon(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		n, err := Open(t.Context(), Options{Store: memory.New(), Durability: Relaxed})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		for i := range 3 {
			if _, err := n.Collection("c").Put(t.Context(), fmt.Sprint(i), []byte(`1`), PutOptions{}); err != nil {
				t.Fatal(err)
			}
			last := n.disk.ended.Load()
			if n.disk.synced.Load() >= last {
				t.Errorf("put %d was synced at once", i)
			}
			time.Sleep(relaxedSync + time.Millisecond)
			bubble.Wait()
			if n.disk.synced.Load() < last {
				t.Errorf("put %d is not synced after %v", i, relaxedSync)
			}
		}
	})
}

// TestAtOnceAndClose: what was acknowledged to writers that do not stop while the
// node is closed is there afterwards, and nothing is written behind its back.
func TestAtOnceAndClose(t *testing.T) {
	dir := t.TempDir()
	var last [2]int
	for round := range 6 {
		n, err := Open(t.Context(), Options{Dir: dir, Durability: Relaxed})
		if err != nil {
			t.Fatal(err)
		}
		for w, k := range last {
			for i := range k {
				if _, err := n.Collection("c").Get(t.Context(), fmt.Sprint(round-1, "/", w, "/", i)); err != nil {
					t.Fatal(err)
				}
			}
		}
		var wg sync.WaitGroup
		var written [2]int
		begun := make(chan struct{}, 2)
		for w := range written {
			wg.Go(func() {
				for ; ; written[w]++ {
					_, err := n.Collection("c").Put(context.Background(), fmt.Sprint(round, "/", w, "/", written[w]), []byte(`1`), PutOptions{})
					if errors.Is(err, ErrClosed) {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					if written[w] == 10*round {
						begun <- struct{}{}
					}
				}
			})
		}
		<-begun
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		last = written
	}
}
