package node_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/storage"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// records are the stored values of a document, by key space ("d", or "i" for the entries
// of the dot index), as they were.
func records(t *testing.T, disk storage.Store, space, address string) map[string][]byte {
	t.Helper()
	coll, key, _ := strings.Cut(address, "/")
	out := map[string][]byte{}
	err := disk.View(func(r storage.Reader) error {
		for item, err := range r.Scan(storage.ScanOptions{Start: []byte(space + coll + "\x00"), End: []byte(space + coll + "\x01")}) {
			if err != nil {
				return err
			}
			if named, _, _ := bytes.Cut(item.Value, []byte{0xff}); space == "i" && string(named) == key || space != "i" && string(item.Key[1:]) == nul(address) {
				out[string(item.Key)] = bytes.Clone(item.Value)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// rewind puts records back as they were; those that came since are dropped.
func rewind(t *testing.T, disk storage.Store, space, address string, was map[string][]byte) {
	t.Helper()
	now := records(t, disk, space, address)
	err := disk.Update(func(tx storage.Tx) error {
		for key := range now {
			if err := tx.Delete([]byte(key)); err != nil {
				return err
			}
		}
		for key, value := range was {
			if err := tx.Set([]byte(key), value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// incidents collects the kinds of incidents.
type incidents struct {
	mu    sync.Mutex
	kinds []string
}

func (h *incidents) events() node.Events {
	return node.Events{Incident: func(e node.IncidentEvent) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.kinds = append(h.kinds, e.Kind)
	}}
}

func (h *incidents) count(kind string) (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, k := range h.kinds {
		if k == kind {
			n++
		}
	}
	return n
}

// stale makes the document at address on a disk what it was before, as if no
// later write had reached it: record and index agree, every checksum is right, and
// n, whose disk it is, takes the index for whole.
func stale(t *testing.T, n *node.Node, disk storage.Store, address string, write func()) {
	t.Helper()
	docs, index := records(t, disk, "d", address), records(t, disk, "i", address)
	write()
	rewind(t, disk, "d", address, docs)
	rewind(t, disk, "i", address, index)
	collection, _, _ := strings.Cut(address, "/")
	ok(t, node.EnrolAnew(t.Context(), n, collection))
}

// TestRepairIsAWrite: of two peers that count the same and hold different content
// in which no damage can be found, one writes the union: no value that either shows
// is lost, and it ends.
func TestRepairIsAWrite(t *testing.T) {
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		bubble.Test(t, func(t *testing.T) {
			w, disk, said := newWorld(t), store.New(), &incidents{}
			x := w.open(names[0], node.Options{Store: disk, Events: said.events()})
			y := w.open(names[1], node.Options{Events: said.events()})
			defer w.close(x, y)
			put(t, x, "c/k", `{"n":{"$counter":1},"v":"old","was":true}`)
			w.join(x, y)
			w.converge(x, y)
			stale(t, x, disk, "c/k", func() {
				put(t, y, "c/k", `{"n":3,"v":"new"}`)
				time.Sleep(10 * time.Second)
			})
			put(t, x, "c/other", `1`) // so that roots are compared again
			time.Sleep(5 * time.Minute)
			w.converge(x, y)
			for _, n := range []*node.Node{x, y} {
				want(t, n, "c/k", `{"n":3,"v":"new","was":true}`)
				d := seen(t, n, "k")
				if got := fmt.Sprint(len(d.Conflicts())); got != "1" {
					t.Errorf("%s has %s conflicts", n.Name(), got)
				}
			}
			if n := said.count(node.Repaired); n != 1 {
				t.Errorf("%d repairs, want 1: %v", n, said.kinds)
			}
		})
	}
}

// TestRepairAmongMany: ten peers, each with another content under the same
// knowledge, come to one in which nothing is lost that any of them had, and what was
// counted counts once, with a bounded number of repairs.
func TestRepairAmongMany(t *testing.T) {
	for _, count := range []int{3, 10} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w, said := newWorld(t), &incidents{}
				var all []*node.Node
				var disks []storage.Store
				for i := range count {
					disks = append(disks, store.New())
					all = append(all, w.open(fmt.Sprintf("n%02d", i), node.Options{Store: disks[i], Events: said.events()}))
				}
				defer w.close(all...)
				w.join(all[0], all[1:]...)
				var states []map[string][]byte
				var indexes []map[string][]byte
				for i := range count { // disk i is left at state i
					put(t, all[0], "c/k", fmt.Sprintf(`{"f%d":%d,"v":%d,"n":{"$counter":%d},"s":{"$set":[%d]},"t":{"$text":"%s"}}`, i, i, i, 10+i, i, strings.Repeat("x", i)))
					w.converge(all...)
					states = append(states, records(t, disks[i], "d", "c/k"))
					indexes = append(indexes, records(t, disks[i], "i", "c/k"))
				}
				for i, disk := range disks {
					rewind(t, disk, "d", "c/k", states[i])
					rewind(t, disk, "i", "c/k", indexes[i])
					ok(t, node.EnrolAnew(t.Context(), all[i], "c"))
				}
				put(t, all[0], "c/other", `1`)
				time.Sleep(30 * time.Minute)
				w.converge(all...)
				body := seen(t, all[0], "k").JSON()
				var held struct {
					N int
					S []int
					T string
				}
				if err := json.Unmarshal(body, &held); err != nil {
					t.Fatal(err)
				}
				for i := range count {
					if !bytes.Contains(body, fmt.Appendf(nil, `"f%d":%d`, i, i)) || !slices.Contains(held.S, i) {
						t.Errorf("what only peer %d had is lost: %s", i, body)
					}
				}
				if held.N != 10+count-1 || held.T != strings.Repeat("x", count-1) {
					t.Errorf("it counts %d and says %q", held.N, held.T)
				}
				for _, n := range all[1:] {
					if got := seen(t, n, "k").JSON(); !slices.Equal(got, body) {
						t.Errorf("%s holds %s, the first %s", n.Name(), got, body)
					}
				}
				if n := said.count(node.Repaired); n == 0 || n > 3*count {
					t.Errorf("%d repairs among %d", n, count)
				}
				t.Logf("%d repairs: %s", said.count(node.Repaired), body)
			})
		})
	}
}

// TestStaleRecord: an old record under the key, whose checksum is right, is given up
// where the index knows a later change, and a peer's copy is not overwritten.
func TestStaleRecord(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk, said := newWorld(t), store.New(), &incidents{}
		a := w.open("a", node.Options{Store: disk, Events: said.events()})
		b := w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, a, "c/k", `{"v":"old"}`)
		w.join(a, b)
		w.converge(a, b)
		was := records(t, disk, "d", "c/k")
		put(t, b, "c/k", `{"v":"new"}`)
		w.converge(a, b)
		rewind(t, disk, "d", "c/k", was)
		put(t, b, "c/other", `1`)
		time.Sleep(5 * time.Minute)
		w.converge(a, b)
		for _, n := range []*node.Node{a, b} {
			want(t, n, "c/k", `{"v":"new"}`)
		}
	})
}

// TestQuarantineOfDamage: what is given up is kept as it was, and an operator may
// drop it.
func TestQuarantineOfDamage(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk := newWorld(t), store.New()
		a, b := w.open("a", node.Options{Store: disk}), w.open("b", node.Options{})
		defer w.close(a, b)
		put(t, a, "c/k", `{"dear":true}`)
		flip(t, disk, "c/k")
		w.join(a, b)
		time.Sleep(time.Minute)
		w.converge(a, b)
		all, err := a.Quarantine(t.Context())
		if err != nil || len(all) != 1 || all[0].Kind != storage.QuarantinedRaw || all[0].Key != "k" {
			t.Fatalf("in quarantine: %+v, %v", all, err)
		}
		q, err := a.Quarantined(t.Context(), all[0].ID)
		if err != nil || !bytes.Contains(q.Raw, []byte("dear")) {
			t.Errorf("%q, %v", q.Raw, err)
		}
		if _, err := a.Release(t.Context(), q.ID); !errors.Is(err, node.ErrNotReleased) {
			t.Errorf("release: %v", err)
		}
		if err := a.DropQuarantined(t.Context(), q.ID); err != nil {
			t.Error(err)
		}
		if _, err := a.Quarantined(t.Context(), q.ID); !errors.Is(err, node.ErrNotQuarantined) {
			t.Error(err)
		}
	})
}

// TestQuarantineOutlivesARestart: what was put aside is there after a restart, under its
// number, keeps no other document from peers, and is dropped once.
func TestQuarantineOutlivesARestart(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w, disk, dir := newWorld(t), store.New(), t.TempDir()
		a, b := w.open("a", node.Options{Store: disk, Dir: dir}), w.open("b", node.Options{})
		for _, key := range []string{"c/j", "c/k", "c/l"} {
			put(t, a, key, `{"dear":true}`)
		}
		flip(t, disk, "c/k")
		w.join(a, b)
		time.Sleep(time.Minute)
		w.converge(a, b)
		before, err := a.Quarantine(t.Context())
		if err != nil || len(before) != 1 {
			t.Fatalf("in quarantine: %+v, %v", before, err)
		}
		w.close(a)
		a = w.open("a", node.Options{Store: reopen(disk), Dir: dir})
		defer w.close(a, b)
		after, err := a.Quarantine(t.Context())
		if err != nil || len(after) != 1 || after[0].ID != before[0].ID || after[0].Reason != before[0].Reason {
			t.Fatalf("after the restart: %+v, %v", after, err)
		}
		put(t, b, "c/k", `{"dear":"again"}`)
		put(t, b, "c/m", `1`)
		w.converge(a, b)
		want(t, a, "c/k", `{"dear":"again"}`)
		want(t, a, "c/m", `1`)
		if all, err := b.Quarantine(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("the peer has %v in quarantine, %v", all, err)
		}
		if err := a.DropQuarantined(t.Context(), after[0].ID); err != nil {
			t.Error(err)
		}
		if err := a.DropQuarantined(t.Context(), after[0].ID); !errors.Is(err, node.ErrNotQuarantined) {
			t.Errorf("dropped again: %v", err)
		}
	})
}
