package storage_test

import (
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// TestForkedUnderForgottenDots: a store is put back, where nothing tells it so, writes a
// document under a dot that it had taken for another one, and hears of a peer that has
// seen that one removed, and forgotten it. Of the new document that says nothing: it
// is kept, and the peer is told. What was written before the store was put back is gone.
func TestForkedUnderForgottenDots(t *testing.T) {
	for name, restarted := range map[string]struct{ before, after, late, peace, claim, shown bool }{
		"at once":                             {},
		"after a restart behind the proof":    {after: true},
		"after a restart before, and later":   {before: true, late: true},
		"given up in peace before, and later": {before: true, late: true, peace: true},
		"after a claim, and a restart":        {claim: true, before: true},
		"shown, and never again":              {shown: true, claim: true, before: true},
	} {
		t.Run(name, func(t *testing.T) {
			a, s := newNode(t, 'a'), newNode(t, 's')
			a.write(t, "c", change{key: "before", json: `1`})
			image := a.reopened(t)
			a.write(t, "c", change{key: "other", json: `1`})
			s.pull(t, "c", a)
			removedAndForgotten(t, s, "before", "other")

			if restarted.late {
				image.clock = 100
			}
			image.write(t, "c", change{key: "new", json: `2`})
			f, was := s.frames(t, "c", image.knowledge(t, "c"), 10)[0], image.Replica()
			ofStore := func(h crdt.SignedHead) bool { return h.Replica() == was }
			if restarted.shown {
				shown := f.Heads[slices.IndexFunc(f.Heads, ofStore)]
				if c, err := image.Compare("c", shown); err != nil || c != storage.Other {
					t.Fatalf("the head is %v, %v", c, err)
				}
				if err := image.Update(func(b *storage.Batch) error { return b.Forked("c", shown) }); err != nil {
					t.Fatal(err)
				}
			}
			if restarted.claim {
				if err := image.Update((*storage.Batch).Renew); err != nil {
					t.Fatal(err)
				}
			}
			if restarted.before {
				image = image.reopened(t)
			}
			if restarted.peace {
				if err := image.Update((*storage.Batch).Renew); err != nil {
					t.Fatal(err)
				}
				image = image.reopened(t)
			}
			if restarted.shown { // everybody has taken on this continuation by now
				f.Heads = append(slices.DeleteFunc(f.Heads, ofStore), image.frames(t, "c", crdt.Knowledge{}, 10)[0].Heads...)
				if c, err := image.Compare("c", f.Heads[slices.IndexFunc(f.Heads, ofStore)]); err != nil || c != storage.Same {
					t.Fatalf("the head that is shown later is %v, %v", c, err)
				}
			}
			f.Forgotten = s.forgotten(t, "c").At("new")
			proof := f
			proof.From, proof.To, proof.Documents = "zz", "zz\x00", nil
			if m := image.merge(t, "c", proof); !restarted.claim && !restarted.peace && !m.Renewed && !m.Clone {
				t.Fatalf("no fork: %+v", m)
			}
			if restarted.after {
				image = image.reopened(t)
			}
			f.Compared = image.knowledge(t, "c")
			f.Documents = []storage.FrameDocument{{Key: "before"}, {Key: "new"}}
			m := image.merge(t, "c", f)
			if m.Skipped || len(m.Rescued) != 1 || m.Rescued[0].Key != "new" {
				t.Fatalf("%+v", m)
			}
			for key, exists := range map[string]bool{"before": false, "new": true} {
				if rec, err := image.Get("c", key); err != nil || rec.Exists() != exists {
					t.Errorf("%s: %+v, %v", key, rec, err)
				}
			}
		})
	}
}

// TestNoForkWithoutProof: who takes a new incarnation without a proof of a fork believes, of what it
// wrote under the one before, who has seen that removed, and forgotten it.
func TestNoForkWithoutProof(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		a, s := newNode(t, 'a'), newNode(t, 's')
		a.write(t, "c", change{key: "x", json: `1`})
		s.pull(t, "c", a)
		removedAndForgotten(t, s, "x")
		f := s.frames(t, "c", a.knowledge(t, "c"), 10)[0]
		f.Forgotten, f.Compared, f.Documents = s.forgotten(t, "c").At("x"), a.knowledge(t, "c"), []storage.FrameDocument{{Key: "x"}}
		if err := a.Update((*storage.Batch).Renew); err != nil {
			t.Fatal(err)
		}
		if restarted {
			a = a.reopened(t)
		}
		if m := a.merge(t, "c", f); m.Skipped || len(m.Rescued) > 0 || len(m.Changed) != 1 {
			t.Errorf("restarted %t: %+v", restarted, m)
		}
	}
}

// TestForkOfWhatOthersBrought: a store that was put back gets again from others what it had written since, learns by
// its signed head that it has forked, and hears that they have seen that removed, and forgotten it. It has not taken
// those dots for anything else: the removal holds, also of what the document had before: it is no later for what was added behind the fork.
func TestForkOfWhatOthersBrought(t *testing.T) {
	for _, before := range []string{"", `{"a":1}`} {
		t.Run("before: "+before, func(t *testing.T) {
			a, s, other := newNode(t, 'a'), newNode(t, 's'), newNode(t, 'o')
			a.write(t, "c", change{key: "before", json: `1`})
			if before != "" {
				a.write(t, "c", change{key: "x", json: before})
			}
			image := a.reopened(t)
			a.write(t, "c", change{key: "x", json: `{"a":1,"b":2}`})
			s.pull(t, "c", a)
			other.pull(t, "c", s)
			for _, f := range other.frames(t, "c", image.knowledge(t, "c"), 10) {
				image.merge(t, "c", f) // which tells it of the fork
				if m := image.merge(t, "c", f); m.Renewed {
					t.Fatalf("of the next incarnation the frame says nothing: %+v", m)
				}
			}
			if rec, err := image.Get("c", "x"); err != nil || !rec.Exists() || before != "" && rec.Heads[0].Counter < 3 {
				t.Fatalf("%+v, %v", rec, err)
			}
			removedAndForgotten(t, s, "x")
			f := s.frames(t, "c", image.knowledge(t, "c"), 10)[0]
			f.Forgotten, f.Compared, f.Documents = s.forgotten(t, "c").At("x"), image.knowledge(t, "c"), []storage.FrameDocument{{Key: "x"}}
			if m := image.merge(t, "c", f); len(m.Rescued) > 0 {
				t.Errorf("%+v", m)
			}
			if rec, err := image.Get("c", "x"); err != nil || rec.Exists() {
				t.Errorf("what others have removed is back: %+v, %v", rec, err)
			}
		})
	}
}

// removedAndForgotten removes documents of c at a node, which forgets that at once.
func removedAndForgotten(t *testing.T, n *node, keys ...string) {
	t.Helper()
	for _, key := range keys {
		n.write(t, "c", change{key: key})
	}
	n.hash(t, "c")
	if got := n.forget(t, "c", n.knowledge(t, "c"), 10); got != len(keys) {
		t.Fatalf("%d removals of %d were forgotten", got, len(keys))
	}
}

// TestForkedInPart: a store that was put back writes a document under dots of which others count some, and have
// forgotten what was there. They take the rest of it. What the store itself wrote stays, with what they lack.
func TestForkedInPart(t *testing.T) {
	a, s := newNode(t, 'a'), newNode(t, 's')
	a.write(t, "c", change{key: "before", json: `1`})
	image := a.reopened(t)
	a.write(t, "c", change{key: "other", json: `{"x":1,"y":2}`})
	s.pull(t, "c", a)
	removedAndForgotten(t, s, "before", "other")
	image.write(t, "c", change{key: "new", json: `{"a":1,"b":2,"c":3,"d":4,"e":5}`})
	was, err := image.Get("c", "new")
	if err != nil {
		t.Fatal(err)
	}
	heads := s.frames(t, "c", image.knowledge(t, "c"), 10)[0].Heads
	shown := heads[slices.IndexFunc(heads, func(h crdt.SignedHead) bool { return h.Replica() == image.Replica() })]
	if err := image.Update(func(b *storage.Batch) error { return b.Forked("c", shown) }); err != nil {
		t.Fatal(err)
	}
	s.pull(t, "c", image)
	if there, err := s.Get("c", "new"); err != nil || !there.Exists() || len(there.Body) >= len(was.Body) || !slices.Equal(there.Heads, was.Heads) {
		t.Fatalf("%+v, %v: want a part of it", there, err)
	}
	for _, f := range s.frames(t, "c", crdt.Knowledge{}, 10) {
		f.Forgotten = s.forgotten(t, "c").At("new")
		image.merge(t, "c", f) // once told of the fork
		f.Compared = image.knowledge(t, "c")
		if m := image.merge(t, "c", f); m.Skipped {
			t.Fatalf("%+v", m)
		}
	}
	if is, err := image.Get("c", "new"); err != nil || string(is.Body) != string(was.Body) {
		t.Errorf("%x, %v: want %x", is.Body, err, was.Body)
	}
}
