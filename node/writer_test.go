package node

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/memory"
)

// held is a store whose Syncs wait for gate.
type held struct {
	storage.Store
	gate chan struct{}
}

func (h *held) Sync() error {
	<-h.gate
	return h.Store.Sync()
}

// TestSpoilerIsTakenOut: a task that fails after it has begun to write is
// undone, and the others of its group are committed without it.
func TestSpoilerIsTakenOut(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		disk := &held{memory.New(), make(chan struct{})}
		close(disk.gate)
		n, err := Open(t.Context(), Options{Store: disk})
		if err != nil {
			t.Fatal(err)
		}
		defer n.Close()
		disk.gate = make(chan struct{})
		boom := errors.New("boom")
		var wg sync.WaitGroup
		put := func(key string, fail error) {
			m := &mutation{key: key}
			if m.put, err = crdt.ParseJSON([]byte(`1`)); err != nil {
				t.Fatal(err)
			}
			tr := &transaction{collection: "c", mutations: []*mutation{m}}
			wg.Go(func() {
				err := n.writer.do(&task{ctx: t.Context(), run: func(b *batch) error {
					return errors.Join(tr.run(b), fail) // the write is done when it fails
				}})
				if !errors.Is(err, fail) {
					t.Errorf("%s: %v", key, err)
				}
			})
		}
		put("first", nil)
		bubble.Wait()
		for i := range 20 {
			put(fmt.Sprint("good", i), nil)
			if i%5 == 0 {
				put(fmt.Sprint("bad", i), boom)
			}
		}
		bubble.Wait()
		close(disk.gate)
		wg.Wait()
		if k, err := n.Collection("c").Count(t.Context()); k != 21 || err != nil {
			t.Errorf("%d documents, want 21: %v", k, err)
		}
	})
}

func TestQueueTakesWhatFits(t *testing.T) {
	q := newQueue()
	for _, size := range []int{300, 100, 100, 1} {
		q.push(&task{size: size})
	}
	for i, want := range []int{1, 2, 1, 0} {
		if got := q.take(200, 10); len(got) != want {
			t.Errorf("take %d: %d tasks, want %d", i, len(got), want)
		}
	}
	for range 5 {
		q.push(&task{})
	}
	if got := q.take(200, 3); len(got) != 3 {
		t.Errorf("%d tasks, at most 3 wanted", len(got))
	}
	select {
	case <-q.wake:
	default:
		t.Error("what is left does not wake anybody")
	}
}
