package storage_test

import (
	"errors"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
)

// TestReplicasAreBounded: a store hears of 131,072 replicas from peers and no
// more; those that it has heard of, and its own next incarnation, still write.
func TestReplicasAreBounded(t *testing.T) {
	a, b, c := newNode(t, 'a'), newNode(t, 'b'), newNode(t, 'c')
	a.write(t, "c", change{key: "a", json: `1`})
	b.write(t, "c", change{key: "b", json: `1`})
	c.write(t, "c", change{key: "c", json: `1`})
	a.FillReplicas(1)
	a.pull(t, "c", b)
	known := a.knowledge(t, "c")
	if _, err := a.tryMerge("c", c.frames(t, "c", known, 10)[0]); !errors.Is(err, storage.ErrFrame) {
		t.Errorf("one more: %v", err)
	}
	if !a.knowledge(t, "c").Equal(known) {
		t.Error("something was written")
	}
	b.write(t, "c", change{key: "b", json: `2`})
	a.pull(t, "c", b)
	if err := a.Update((*storage.Batch).Renew); err != nil {
		t.Fatal(err)
	}
	a.write(t, "c", change{key: "a", json: `2`})
}
