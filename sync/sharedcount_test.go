package antientropy

import (
	"fmt"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// asking counts how often a View is asked what a peer lacks.
type asking struct {
	*fake
	asked int
}

func (a *asking) View(name string) (View, error) {
	v, err := a.fake.View(name)
	return askedView{v, a}, err
}

type askedView struct {
	View
	of *asking
}

func (v askedView) Candidates(peer crdt.Knowledge, from string, limit int) ([]string, bool, error) {
	v.of.asked++
	return v.View.Candidates(peer, from, limit)
}

// A drain that is one of several counts what is left once it can be counted, and
// not with each list of keys: to count is to look through the index.
func TestSharedDrainCountsOnce(t *testing.T) {
	a := &asking{fake: newFake("A")}
	keys := make([]string, 4*int(CountMany))
	for i := range keys {
		keys[i] = fmt.Sprintf("p%06d", i)
	}
	a.collection("people").put(1, keys...)
	b := newFake("B")
	p := newPair(t, a.fake, b, func(i int, c *Config) {
		if i == 0 {
			c.Replica = a
		}
	}).muted().start()
	var lefts []Count
	p.sides[1].onMerge = func(Merge) {
		lefts = append(lefts, p.sides[1].session.collections["people"].behind)
		if len(lefts) == 1 {
			p.step(1, Share{"people", 0, 1})
		}
	}
	p.settle()
	if n := len(b.collection("people").docs); n != len(keys) {
		t.Fatalf("%d documents", n)
	}
	if a.asked > 8 { // four lists before and behind the share, and one count
		t.Errorf("asked %d times what the peer lacks", a.asked)
	}
	for i, n := range lefts {
		if i > 0 && n > lefts[i-1] || i == len(lefts)-1 && n != 0 {
			t.Fatalf("left: %v", lefts)
		}
	}
}
