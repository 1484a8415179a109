package storage_test

import (
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestOwnHeadsAhead: a store that was put back hears, in signed heads that go
// ahead, how far it had counted. It keeps them, also those of the incarnation that it
// still is, which it leaves; so the frame behind them, which counts on them, is
// merged.
func TestOwnHeadsAhead(t *testing.T) {
	for name, o := range map[string]storage.Options{"known to be put back": {Restored: true}, "not known": {}} {
		a, b := newNode(t, 'a'), newNode(t, 'b')
		a.write(t, "c", change{key: "k", json: `1`})
		back := a.store.Kill()
		a.write(t, "c", change{key: "k", json: `2`})
		b.pull(t, "c", a)
		was := a.Replica()
		a.store = back
		a.open(t, o)

		frames := b.frames(t, "c", a.knowledge(t, "c"), 10)
		if len(frames) != 1 || len(frames[0].Heads) != 1 {
			t.Fatalf("%s: frames are %+v", name, frames)
		}
		a.merge(t, "c", storage.Frame{From: frames[0].From, To: frames[0].To, Heads: frames[0].Heads})
		if a.Replica() == was {
			t.Errorf("%s: still the same incarnation", name)
		}
		frames[0].Heads = nil
		if m := a.merge(t, "c", frames[0]); m.Skipped || !m.Raised {
			t.Errorf("%s: %+v", name, m)
		}
		if rec, err := a.Get("c", "k"); err != nil || len(rec.Heads) != 1 || rec.Heads[0] != (crdt.Dot{Replica: was, Counter: 2}) {
			t.Errorf("%s: %+v, %v", name, rec, err)
		}
	}
}
