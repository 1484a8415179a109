package storage_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"pgregory.net/rapid"
)

// scrub goes through a collection in steps of about limit bytes; between is
// called after each.
func (n *node) scrub(t failer, coll string, limit int, between func()) (found []storage.Finding, steps int) {
	t.Helper()
	for at := storage.ScrubPlace(""); ; steps++ {
		s, err := n.ScrubStep(coll, at, []crdt.Range{{}}, limit)
		if err != nil {
			t.Fatalf("scrub %s from %q: %v", coll, at, err)
		}
		found = append(found, s.Findings...)
		if at = s.Next; at == "" {
			return found, steps + 1
		}
		between()
	}
}

// written is a store of people with a long text, a conflict and removals.
func written(t failer, documents int) *node {
	a, b := newNode(t, 'a'), newNode(t, 'b')
	var cs []change
	for i := range documents {
		cs = append(cs, change{key: fmt.Sprintf("%03d", i), json: fmt.Sprintf(`{"n":%d}`, i)})
	}
	a.write(t, "people", cs...)
	a.write(t, "people", change{key: "text", json: `{"t":"` + strings.Repeat("long ", 4000) + `"}`}, change{key: "001"})
	b.write(t, "people", change{key: "000", json: `{"n":"other"}`})
	a.pull(t, "people", b)
	return a
}

// TestScrubWhileOthersWrite finds nothing, whatever changes between two steps,
// hashed or not.
func TestScrubWhileOthersWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := written(t, 60)
		a.hash(t, "people")
		_, steps := a.scrub(t, "people", rapid.IntRange(1, 4000).Draw(t, "limit"), func() {})
		if steps < 4 {
			t.Fatalf("%d steps", steps)
		}
		found, _ := a.scrub(t, "people", rapid.IntRange(100, 8000).Draw(t, "limit"), func() {
			key := fmt.Sprintf("%03d", rapid.IntRange(0, 80).Draw(t, "key"))
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				a.write(t, "people", change{key: key, json: `3`})
			case 1:
				a.write(t, "people", change{key: key})
			case 2:
				if err := a.Update(func(b *storage.Batch) error { _, err := b.HashTree("people", 2); return err }); err != nil {
					t.Fatal(err)
				}
			}
		})
		if len(found) > 0 {
			t.Fatalf("found %v", found)
		}
	})
}

// TestScrubFindsDamage finds what a check of everything finds, in a tree that
// is behind.
func TestScrubFindsDamage(t *testing.T) {
	for _, prefix := range []string{"dpeople\x00020", "dpeople\x00001", "dpeople\x00text", "ipeople\x00", "xpeople\x00000", "ppeople\x00text", "tpeople\x00\x00", "tpeople\x00\x01"} {
		for name, fn := range map[string]func(storage.Tx, storage.Item) error{"flip": flip, "drop": drop} {
			if prefix[0] == 'x' && name == "flip" {
				continue // it has no value
			}
			a := written(t, 60)
			a.hash(t, "people")
			a.write(t, "people", change{key: "099", json: `3`})
			once := false
			damage(t, a, prefix, func(tx storage.Tx, item storage.Item) error {
				if once {
					return nil
				}
				once = true
				return fn(tx, item)
			})
			found, _ := a.scrub(t, "people", 500, func() {})
			if len(found) == 0 {
				t.Errorf("%s of %q is not found", name, prefix)
			}
			all, err := a.VerifyRange("people", "", "")
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range all {
				if f.Problem != storage.ProblemCount && !slices.ContainsFunc(found, func(g storage.Finding) bool { return g.Key == f.Key && g.Problem == f.Problem }) {
					t.Errorf("%s of %q: %v is not among %v", name, prefix, f, found)
				}
			}
		}
	}
}

// TestScrubPassesOverWhatIsDropped: what is found in a range that is being dropped
// does not fill the list, however much that is.
func TestScrubPassesOverWhatIsDropped(t *testing.T) {
	a := newNode(t, 'a')
	for i := range 11 {
		var cs []change
		for j := range 100 {
			cs = append(cs, change{key: fmt.Sprintf("%04d", 100*i+j), json: `1`})
		}
		a.write(t, "people", cs...)
	}
	a.write(t, "people", change{key: "z", json: `1`})
	damage(t, a, "dpeople\x00", flip)
	s, err := a.ScrubStep("people", "", []crdt.Range{{From: "y"}}, 1<<20)
	if err != nil || len(s.Findings) != 1 || s.Findings[0].Key != "z" {
		t.Errorf("found %v, %v", s.Findings, err)
	}
	if s, err = a.ScrubStep("people", "", []crdt.Range{{}}, 1<<20); err != nil || len(s.Findings) != storage.MaxFindings {
		t.Errorf("found %d things, %v", len(s.Findings), err)
	}
}

func TestScrubProgress(t *testing.T) {
	a := newNode(t, 'a')
	want := storage.ScrubProgress{
		Began: time.UnixMilli(17), Collection: "people", At: "d\x00\xffx", Documents: 3, Findings: 1,
	}
	if p, err := a.ScrubProgress(); err != nil || p != (storage.ScrubProgress{}) {
		t.Errorf("at first: %+v %v", p, err)
	}
	if err := a.Update(func(b *storage.Batch) error { return b.SetScrubProgress(want) }); err != nil {
		t.Fatal(err)
	}
	if p, err := a.reopened(t).ScrubProgress(); err != nil || p != want {
		t.Errorf("reopened: %+v %v", p, err)
	}
	damage(t, a, "mscrub", flip)
	if p, err := a.ScrubProgress(); err != nil || p != (storage.ScrubProgress{}) {
		t.Errorf("damaged: %+v %v", p, err)
	}
}
