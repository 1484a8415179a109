package node_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// A write waits for as many peers as it is told, and counts exactly those that
// have it: not one that is paused, nor one that is cut off.
func TestAcks(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b", "c", "d")
		a, c := n[0], n[0].Collection("c")
		defer w.close(n...)
		put(t, a, "c/k", `0`)
		w.converge(n...)
		if _, err := c.Put(t.Context(), "k", []byte(`1`), node.PutOptions{Acks: 3}); err != nil {
			t.Fatal(err)
		}
		for _, n := range n {
			want(t, n, "c/k", `1`)
		}
		if err := n[2].Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		bubble.Wait() // all know
		for i, step := range []struct {
			acks, acked int
		}{{1, 1}, {2, 2}, {3, 2}, {9, 2}} {
			body := fmt.Appendf(nil, "%d", 10+i)
			done, err := c.Put(shortly(t), "k", body, node.PutOptions{Acks: step.acks})
			var few *node.AcksError
			switch {
			case step.acked >= step.acks && err != nil:
				t.Errorf("%d acks: %v", step.acks, err)
			case step.acked < step.acks && (!errors.Is(err, node.ErrAcks) || !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &few) || few.Acked != step.acked || few.Wanted != step.acks):
				t.Errorf("%d acks: %v", step.acks, err)
			}
			if !done.Changed || string(done.Document.JSON()) != string(body) {
				t.Errorf("%d acks: the write has not happened: %+v", step.acks, done)
			}
		}
		// What changes nothing counts those that have it already.
		same, err := c.Put(t.Context(), "k", []byte(`13`), node.PutOptions{Acks: 2})
		if err != nil || same.Changed {
			t.Errorf("the same again: %+v, %v", same, err)
		}
		if err := n[2].Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if acked, err := a.Acked(t.Context(), same, 3); acked != 3 || err != nil {
			t.Errorf("resumed: %d, %v", acked, err)
		}
		// A removal, a transaction and a batch wait too.
		w.Partition([]string{"a", "b"}, []string{"c", "d"})
		var few *node.AcksError
		if _, err := c.Delete(shortly(t), "k", node.PutOptions{Acks: 2}); !errors.As(err, &few) || few.Acked != 1 {
			t.Errorf("delete: %v", err)
		}
		err = a.Update(shortly(t), func(tx *node.Tx) error {
			return errors.Join(tx.Put("c", "x", []byte(`1`), node.PutOptions{}), tx.Put("c", "y", []byte(`1`), node.PutOptions{Acks: 2}))
		})
		if !errors.As(err, &few) || few.Acked != 1 {
			t.Errorf("transaction: %v", err)
		}
		results, err := c.PutAll(shortly(t), []node.PutItem{{Key: "p", JSON: []byte(`1`), Options: node.PutOptions{Acks: 1}}, {Key: "q", JSON: []byte(`1`), Options: node.PutOptions{Acks: 2}}})
		if err != nil || results[0].Err != nil || !errors.As(results[1].Err, &few) || few.Acked != 1 {
			t.Errorf("batch: %+v, %v", results, err)
		}
		w.Heal()
		if acked, err := a.Acked(t.Context(), results[1].Written, 3); acked != 3 || err != nil {
			t.Errorf("healed: %d, %v", acked, err)
		}
	})
}

// Who has gone has what he acknowledged before.
func TestAcksOfWhoHasGone(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		put(t, n[0], "c/k", `1`)
		w.converge(n...)
		w.close(n[1])
		defer w.close(n[0])
		time.Sleep(time.Second)
		c := n[0].Collection("c")
		if _, err := c.Put(shortly(t), "k", []byte(`1`), node.PutOptions{Acks: 1}); err != nil {
			t.Errorf("what it had: %v", err)
		}
		var few *node.AcksError
		if _, err := c.Put(shortly(t), "k", []byte(`2`), node.PutOptions{Acks: 1}); !errors.As(err, &few) || few.Acked != 0 {
			t.Errorf("what it has not: %v", err)
		}
	})
}

// Without a network nothing is written that must be on a peer.
func TestAcksWithoutNetwork(t *testing.T) {
	n, err := node.Open(t.Context(), node.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if _, err := n.Collection("c").Put(t.Context(), "k", []byte(`1`), node.PutOptions{Acks: 1}); !errors.Is(err, node.ErrNoNetwork) {
		t.Error(err)
	}
	want(t, n, "c/k", "not found")
}

// TestAckCount: what cannot be waited for is said before anything is written.
func TestAckCount(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.open("a", node.Options{})
		defer w.close(n)
		c := n.Collection("c")
		for _, k := range []int{-1, node.MaxAcks + 1, math.MaxInt} {
			o := node.PutOptions{Acks: k}
			if _, err := c.Put(t.Context(), "k", []byte(`1`), o); !errors.Is(err, node.ErrAckCount) {
				t.Errorf("put: %v", err)
			}
			all, err := c.PutAll(t.Context(), []node.PutItem{{Key: "k", JSON: []byte(`1`), Options: o}, {Key: "other", JSON: []byte(`1`)}})
			if err != nil || !errors.Is(all[0].Err, node.ErrAckCount) || all[1].Err != nil {
				t.Errorf("put all: %v, %v", all, err)
			}
			if _, err := n.Acked(t.Context(), all[1].Written, k); !errors.Is(err, node.ErrAckCount) {
				t.Errorf("acked: %v", err)
			}
		}
		if _, err := c.Get(t.Context(), "k"); !errors.Is(err, node.ErrNotFound) {
			t.Errorf("written: %v", err)
		}
	})
}
