package node_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// flip changes one bit of what a store holds of a document.
func flip(t *testing.T, disk storage.Store, address string) {
	t.Helper()
	err := disk.Update(func(tx storage.Tx) error {
		for item, err := range tx.Scan(storage.ScanOptions{Start: []byte("d"), End: []byte("e")}) {
			if err != nil {
				return err
			}
			key := append([]byte(nil), item.Key...)
			if at := string(key[1:]); at == nul(address) {
				value := append([]byte(nil), item.Value...)
				value[len(value)-1] ^= 1
				return tx.Set(key, value)
			}
		}
		return errors.New("no record of " + address)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nul is an address as the key space of documents writes it.
func nul(address string) string {
	b := []byte(address)
	for i := range b {
		if b[i] == '/' {
			b[i] = 0
			break
		}
	}
	return string(b)
}

// TestDamageIsNotDeletion: a record that a disk has changed is an error to
// read, never absent; with a peer there it comes back, and nobody loses it
// (Law I).
func TestDamageIsNotDeletion(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := store.New()
		var mu sync.Mutex
		incidents, renewed := 0, 0
		a := w.open("a", node.Options{Store: disk, Events: node.Events{
			Incident: func(e node.IncidentEvent) {
				mu.Lock()
				defer mu.Unlock()
				if e.Kind == node.Damage {
					incidents++
				}
			},
			Incarnation: func(node.IncarnationEvent) { renewed++ },
		}})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, a, "c/k", `{"dear":true}`)
		put(t, b, "c/l", `{"dear":true}`)
		flip(t, disk, "c/k")
		for range 2 { // alone, the node can only say so
			if _, err := a.Collection("c").Get(t.Context(), "k"); !errors.Is(err, storage.ErrDamaged) {
				t.Errorf("get: %v", err)
			}
			time.Sleep(time.Second)
		}
		if _, err := a.Collection("c").Put(t.Context(), "k", []byte(`1`), node.PutOptions{}); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("put: %v", err)
		}
		flip(t, disk, "c/k") // as good as new
		w.join(a, b)
		w.converge(a, b)
		before := a.Replica()
		flip(t, disk, "c/k")
		flip(t, disk, "c/l")
		if _, err := a.Collection("c").Get(t.Context(), "k"); !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("get: %v", err)
		}
		time.Sleep(10 * time.Second)
		w.converge(a, b)
		for _, n := range []*node.Node{a, b} {
			want(t, n, "c/k", `{"dear":true}`)
			want(t, n, "c/l", `{"dear":true}`)
		}
		if incidents == 0 || renewed == 0 || a.Replica() == before {
			t.Errorf("%d incidents, %d new incarnations", incidents, renewed)
		}
	})
}

// TestDamageMetByANewPeer: a record that is damaged where nobody else has it
// must not keep the other documents from a peer that joins.
func TestDamageMetByANewPeer(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		disk := store.New()
		var mu sync.Mutex
		damaged := map[string]bool{}
		a := w.open("a", node.Options{Store: disk, Events: node.Events{Incident: func(e node.IncidentEvent) {
			mu.Lock()
			defer mu.Unlock()
			damaged[e.Key] = damaged[e.Key] || e.Kind == node.Damage
		}}})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		for _, key := range []string{"c/j", "c/k", "c/l"} {
			put(t, a, key, `{"dear":true}`)
		}
		base := seen(t, a, "k").Version()
		flip(t, disk, "c/k")
		w.join(b, a)
		time.Sleep(time.Minute)
		w.converge(a, b)
		want(t, b, "c/j", `{"dear":true}`)
		want(t, b, "c/l", `{"dear":true}`)
		mu.Lock()
		defer mu.Unlock()
		if !damaged["k"] || damaged["j"] || damaged["l"] {
			t.Errorf("damage was reported of %v", damaged)
		}
		// What was given up has not been seen: it is nothing to build on.
		if _, err := a.Collection("c").Put(t.Context(), "k", []byte(`{"dear":false}`), node.PutOptions{Base: base}); !errors.Is(err, node.ErrBaseGone) {
			t.Errorf("a put from what was given up: %v", err)
		}
	})
}
