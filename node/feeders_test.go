package node_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// TestSeveralFeedOne: a fresh node that three others feed gets each document
// about once, although one of the three goes meanwhile.
func TestSeveralFeedOne(t *testing.T) {
	const documents = 10_000
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b, c := w.open("a", node.Options{}), w.open("b", node.Options{}), w.open("c", node.Options{})
		defer w.close(a, b)
		w.join(a, b, c)
		for i := 0; i < documents; {
			err := a.Update(t.Context(), func(tx *node.Tx) error {
				for range 200 {
					if err := tx.Put("c", fmt.Sprintf("k%06d", i), fmt.Appendf(nil, `{"n":%d,"text":"%02000d"}`, i, i*i), node.PutOptions{}); err != nil {
						return err
					}
					i++
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := a.WaitConverged(t.Context(), node.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		fresh := w.open("fresh", node.Options{})
		defer w.close(fresh)
		w.join(a, fresh)
		for received(t, fresh) < documents/4 {
			time.Sleep(time.Millisecond)
		}
		feeders := map[string]bool{}
		fedBy(t, fresh, feeders)
		w.close(c)
		if _, err := fresh.Sync(t.Context(), "a", "b"); err != nil {
			t.Fatal(err)
		}
		n := received(t, fresh)
		t.Logf("%d documents of %d", n, documents)
		// Beside each document once comes what was on its way when the parts were asked for, and when one went: 9 to 19 % in 41 runs on a busy
		// machine, 33 % at most in some 150. Where nobody is asked for a part it is 150 to 198 %: the bound lies nearer to that.
		if n > documents*175/100 {
			t.Errorf("%d documents came, of %d", n, documents)
		}
		// The one that went counts, if it had begun: then the others may have little left to share.
		if fedBy(t, fresh, feeders); len(feeders) < 2 {
			t.Errorf("only %v have fed it", feeders)
		}
	})
}

// TestPausedSeesNothing: from the moment in which Pause returns nothing of the
// peers becomes visible, whatever was on its way.
func TestPausedSeesNothing(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.open("a", node.Options{}), w.open("b", node.Options{})
		defer w.close(a, b)
		w.join(a, b)
		put(t, a, "c/0", `0`)
		for i := range 200 {
			put(t, a, "c/k", fmt.Sprint(i))
			if err := b.Pause(t.Context()); err != nil {
				t.Fatal(err)
			}
			seen, err := b.Collection("c").Root(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Millisecond)
			if now, err := b.Collection("c").Root(t.Context()); err != nil || now != seen {
				t.Fatalf("pause %d: the root was %s and is %s, %v", i, seen, now, err)
			}
			if err := b.Resume(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(i%5) * time.Millisecond)
		}
		if _, err := b.Sync(t.Context(), "a"); err != nil {
			t.Error(err)
		}
	})
}

// fedBy adds the peers that have sent n more than a frame or two.
func fedBy(t *testing.T, n *node.Node, feeders map[string]bool) {
	for p, err := range n.Peers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Exchange != nil && p.Exchange.DocumentsReceived > 100 {
			feeders[p.Name] = true
		}
	}
}

// received is how many documents peers have sent to n.
func received(t *testing.T, n *node.Node) int64 {
	st, err := n.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st.Traffic.DocumentsReceived
}
