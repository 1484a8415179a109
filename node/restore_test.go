package node_test

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// flipAt changes one bit of the first record whose key begins with prefix.
func flipAt(t *testing.T, disk storage.Store, prefix string) {
	t.Helper()
	err := disk.Update(func(tx storage.Tx) error {
		for item, err := range tx.Scan(storage.ScanOptions{Start: []byte(prefix)}) {
			if err != nil || !bytes.HasPrefix(item.Key, []byte(prefix)) {
				break
			}
			value := bytes.Clone(item.Value)
			value[len(value)-1] ^= 1
			return tx.Set(bytes.Clone(item.Key), value)
		}
		return errors.New("no record of " + prefix)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamageOfWhatIsKept: what is kept of a collection, or of the store, as a
// whole is damaged on the disk of a node that runs, alone. It reports that and
// writes it again, in time for the next start.
func TestDamageOfWhatIsKept(t *testing.T) {
	for name, prefix := range map[string]string{"knowledge": "cdocs", "numbers": "r", "incarnations": "mincarnations"} {
		t.Run(name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				disk, dir := store.New(), t.TempDir()
				var mu sync.Mutex
				incidents := 0
				n, err := node.Open(t.Context(), node.Options{Store: disk, Dir: dir, Events: node.Events{Incident: func(e node.IncidentEvent) {
					mu.Lock()
					defer mu.Unlock()
					incidents++
				}}})
				if err != nil {
					t.Fatal(err)
				}
				put(t, n, "docs/k", `{"dear":true}`)
				if _, err := n.Root(t.Context(), "docs"); err != nil {
					t.Fatal(err)
				}
				flipAt(t, disk, prefix)
				time.Sleep(2 * time.Minute)
				mu.Lock()
				if incidents != 1 {
					t.Errorf("%d incidents", incidents)
				}
				mu.Unlock()
				want(t, n, "docs/k", `{"dear":true}`)
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
				n, err = node.Open(t.Context(), node.Options{Store: reopen(disk), Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				want(t, n, "docs/k", `{"dear":true}`)
				if err := n.Close(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}
