package node_test

import (
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	store "github.com/crdtstore/crdtstore/storage/memory"
)

// teller counts what nodes tell of clones.
type teller struct {
	mu        sync.Mutex
	incidents []node.IncidentEvent
	renewed   int
}

func (t *teller) events() node.Events {
	return node.Events{
		Incident: func(e node.IncidentEvent) {
			t.mu.Lock()
			defer t.mu.Unlock()
			if e.Kind == node.Clone || e.Kind == node.Rollback {
				t.incidents = append(t.incidents, e)
			}
		},
		Incarnation: func(node.IncarnationEvent) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.renewed++
		},
	}
}

func (t *teller) counts() (incidents, renewed int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.incidents), t.renewed
}

// TestClonesThatWroteTheSameNumber: a store that cannot know that it was copied,
// both copies of which write under the same dots, and meet one after the other. The
// second is told before anything of it is sent or merged, and the first when it
// comes back.
func TestClonesThatWroteTheSameNumber(t *testing.T) {
	for _, c := range []struct {
		name    string
		first   int  // changes of the first copy
		second  int  // and of the second
		heard   bool // the second meets somebody who has only heard of the first
		unaware int  // copies that may go on as they were, because nothing of theirs is under one dot
	}{
		{"the same number", 3, 3, false, 0},
		{"more", 2, 5, false, 0},
		{"fewer", 5, 2, false, 0},
		{"the same number, heard of by others", 3, 3, true, 0},
		{"the second wrote nothing", 3, 0, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				w := newWorld(t)
				disk, device := store.New(), ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
				var tellers [2]teller
				a := w.open("a", node.Options{Store: disk, Device: device, Events: tellers[0].events()})
				b, d := w.open("b", node.Options{}), w.open("d", node.Options{})
				w.join(a, b, d)
				put(t, a, "c/base", `1`)
				w.converge(a, b, d)
				w.close(a)
				copied := disk.Kill()
				disk = disk.Kill()

				time.Sleep(time.Minute)
				meet := b
				if c.heard {
					meet = d
				}
				a1 := w.open("a", node.Options{Store: disk, Device: device, Events: tellers[0].events()})
				for i := range c.first {
					put(t, a1, fmt.Sprintf("c/first-%d", i), `1`)
				}
				w.join(b, a1)
				w.converge(a1, b, d)
				w.close(a1)
				a2 := w.open("a", node.Options{Store: copied, Device: device, Events: tellers[1].events()})
				for i := range c.second {
					put(t, a2, fmt.Sprintf("c/second-%d", i), `2`)
				}
				w.join(meet, a2)
				time.Sleep(time.Minute)
				w.converge(a2, b, d)
				time.Sleep(time.Minute)
				put(t, a2, "c/later", `2`)
				w.converge(a2, b, d)
				w.close(a2)
				a1 = w.open("a", node.Options{Store: disk.Kill(), Device: device, Events: tellers[0].events()})
				w.join(b, a1)
				time.Sleep(time.Minute)
				put(t, a1, "c/last", `1`)
				w.converge(a1, b, d)
				for i := range c.first {
					want(t, d, fmt.Sprintf("c/first-%d", i), `1`)
				}
				for i := range c.second {
					want(t, d, fmt.Sprintf("c/second-%d", i), `2`)
				}
				want(t, d, "c/later", `2`)
				want(t, a1, "c/later", `2`)
				aware := 0
				for i := range tellers {
					incidents, renewed := tellers[i].counts()
					if incidents > 0 && renewed > 0 {
						aware++
					}
					t.Logf("copy %d: %d incidents, %d new incarnations %v", i+1, incidents, renewed, tellers[i].incidents)
				}
				if aware < 2-c.unaware {
					t.Errorf("%d of the copies know of the other", aware)
				}
				w.close(a1, b, d)
			})
		})
	}
}

// TestCopiedDirectories copies a data directory in every way that can be thought of, and
// lets all copies write as much. Each knows at its start that it is a copy, so no dot
// is used twice.
func TestCopiedDirectories(t *testing.T) {
	w := newWorld(t)
	root := t.TempDir()
	dir := func(name string) string { return filepath.Join(root, name) }
	a := w.open("a", node.Options{Dir: dir("a")})
	b := w.open("b", node.Options{})
	w.join(a, b)
	put(t, a, "c/base", `1`)
	put(t, a, "c/count", `{"n":{"$counter":1}}`)
	w.converge(a, b)
	copyDir(t, dir("a"), dir("running")) // of a node that runs
	w.close(a)
	copyDir(t, dir("a"), dir("one"))
	copyDir(t, dir("a"), dir("two"))
	copyDir(t, dir("one"), dir("of-one"))
	replicas := map[crdt.ReplicaID]string{}
	names := []string{"a", "one", "two", "of-one", "running"}
	for round := range 2 {
		for _, name := range names {
			var told teller
			n := w.open("a", node.Options{Dir: dir(name), Events: told.events()})
			if other, twice := replicas[n.Replica()]; twice && other != name {
				t.Errorf("%s and %s both write as %s", name, other, n.Replica())
			}
			replicas[n.Replica()] = name
			incidents, renewed := told.counts()
			if copied := name != "a" && round == 0; (incidents > 0) != copied || (renewed > 0) != copied {
				t.Errorf("%s, start %d: %d incidents, %d new incarnations: %v", name, round+1, incidents, renewed, told.incidents)
			}
			put(t, n, fmt.Sprintf("c/%s-%d", name, round), `1`)
			incr(t, n, "c/count", "/n", 1)
			w.join(b, n)
			w.converge(n, b)
			w.close(n)
		}
	}
	for round := range 2 {
		for _, name := range names {
			want(t, b, fmt.Sprintf("c/%s-%d", name, round), `1`)
		}
	}
	want(t, b, "c/count", fmt.Sprintf(`{"n":%d}`, 1+2*len(names)))
	w.close(b)
}
