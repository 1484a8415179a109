package view

import (
	"testing"
	"time"
)

// grow makes a mesh of n in which each knows one that came before.
func grow(t testing.TB, seed uint64, n int, o Options) *world {
	w := newWorld(t, seed, o)
	for i := range n {
		if i == 0 {
			w.join(name(i))
		} else {
			w.join(name(i), name(w.rng.IntN(i)))
		}
		w.run(50 * time.Millisecond)
	}
	return w
}

func TestSmallMeshIsFull(t *testing.T) {
	for n := 2; n <= 9; n++ {
		w := grow(t, uint64(n), n, Options{})
		w.run(2 * time.Minute)
		if d := w.degrees(); d[n-1] != n {
			t.Errorf("%d members: neighbours %v", n, d)
		}
		w.symmetric()
	}
}

func TestLargeMesh(t *testing.T) {
	sizes := []int{10, 20, 200}
	if testing.Short() {
		sizes = sizes[:2]
	}
	for _, n := range sizes {
		w := grow(t, uint64(n), n, Options{})
		w.run(time.Minute)
		t.Logf("%d members: parts %d, neighbours %v, messages %d", n, w.parts(), w.degrees(), w.sent)
		if w.parts() != 1 {
			t.Errorf("%d members in %d parts a minute after the last one came", n, w.parts())
		}
		w.symmetric()
		changes, sent := w.changes, w.sent
		w.run(3 * time.Minute)
		t.Logf("three quiet minutes: %d changes, %d messages, neighbours %v", w.changes-changes, w.sent-sent, w.degrees())
		if w.parts() != 1 {
			t.Errorf("%d members in %d parts", n, w.parts())
		}
	}
}

func TestHalfOfTheMeshDies(t *testing.T) {
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		w := grow(t, seed, 200, Options{})
		w.run(time.Minute)
		for _, i := range w.rng.Perm(200)[:100] {
			w.kill(name(i))
		}
		rounds := 0
		for ; w.parts() > 1; rounds++ {
			if rounds == 10 {
				t.Fatalf("seed %d: %d parts after 10 s", seed, w.parts())
			}
			w.run(time.Second)
		}
		w.run(10 * time.Second)
		t.Logf("seed %d: one part after %d s; neighbours 10 s later %v", seed, rounds, w.degrees())
		if w.parts() != 1 {
			t.Fatalf("seed %d: %d parts", seed, w.parts())
		}
		w.symmetric()
	}
}

func TestPartitionHeals(t *testing.T) {
	w := grow(t, 3, 60, Options{})
	w.run(time.Minute)
	for i := range 30 {
		w.group[name(i)] = 1
	}
	for _, id := range w.ids {
		for _, p := range w.peers[id].pipes() {
			if w.group[p.a] != w.group[p.b] {
				w.cut(p)
			}
		}
	}
	w.run(5 * time.Minute)
	if w.parts() != 2 {
		t.Fatalf("%d parts, want 2", w.parts())
	}
	for _, id := range w.ids {
		w.peers[id].stay = true // there is much to exchange between the halves
	}
	clear(w.group)
	minutes := 0
	for ; w.parts() > 1; minutes++ {
		if minutes == 10 {
			t.Fatal("still apart ten minutes after the partition")
		}
		w.run(time.Minute)
	}
	t.Logf("one part after %d minutes", minutes)
}

func TestRestartsInALoop(t *testing.T) {
	w := grow(t, 11, 100, Options{})
	w.run(time.Minute)
	for range 15 {
		for _, i := range w.rng.Perm(100)[:20] {
			w.kill(name(i))
			w.run(20 * time.Millisecond)
			w.join(name(i), name(w.rng.IntN(100)), name(w.rng.IntN(100)), name(w.rng.IntN(100)))
		}
		w.run(3 * time.Second)
	}
	w.run(5 * time.Second)
	t.Logf("parts %d, neighbours %v", w.parts(), w.degrees())
	if w.parts() != 1 {
		t.Fatalf("%d parts", w.parts())
	}
	w.symmetric()
}

// TestFullCliquesMeet: two meshes in which everybody has all the neighbours
// that it may have look for nobody. Visits find that there is another one, and
// what there is to exchange makes them one.
func TestFullCliquesMeet(t *testing.T) {
	w := newWorld(t, 5, Options{})
	var all []string
	for i := range 18 {
		all = append(all, name(i))
		w.group[name(i)] = i % 2
	}
	for _, id := range all {
		w.join(id, all...).stay = true
	}
	w.run(5 * time.Minute)
	if d := w.degrees(); d[8] != 18 || w.parts() != 2 {
		t.Fatalf("neighbours %v in %d parts", d, w.parts())
	}
	clear(w.group)
	begin := w.now
	for w.parts() > 1 {
		if w.now.Sub(begin) > 10*time.Minute {
			t.Fatal("still apart after ten minutes")
		}
		w.run(time.Second)
	}
	t.Logf("one part after %v", w.now.Sub(begin))
	w.symmetric()
}
