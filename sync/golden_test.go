package antientropy

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

// golden compares a story with the one that was agreed on.
func golden(t *testing.T, name, story string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(story), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if story != string(want) {
		t.Errorf("the conversation is another (go test ./sync -update accepts it):\n%s\nwanted:\n%s", story, want)
	}
}

// conversations are told message by message; testdata holds them.
var conversations = []struct {
	name string
	hold func(t *testing.T) *pair
}{
	{"equal-peers", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann", "bob")
		copyTo(a, b, "people")
		hashAll(a, b)
		p := newPair(t, a, b).start().settle()
		p.same("people")
		return p
	}},
	{"first-contact", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann", "bob")
		b.collection("people").put(20, "cid")
		b.collection("places").put(20, "rome")
		p := newPair(t, a, b).start().settle()
		p.same("people")
		p.same("places")
		return p
	}},
	{"scopes", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("logs").put(20, "2025-12", "2026-01", "2026-02")
		b.collection("logs").put(20, "2026-03")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b, func(i int, c *Config) {
			if i == 1 {
				c.Scope = func(name string) []KeyRange {
					if name == "logs" {
						return []KeyRange{{From: "2026-", To: "2026."}}
					}
					return nil
				}
			}
		}).start().settle()
		p.tell("-- A writes 2025-11 and 2026-04")
		a.collection("logs").put(20, "2025-11", "2026-04")
		p.changed(0, "logs").settle()
		if got := sortedKeysOf(b.collection("logs")); len(got) != 4 {
			t.Errorf("B holds %v", got)
		}
		return p
	}},
	{"drain-with-a-deletion", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann", "bob", "cid")
		copyTo(a, b, "people")
		a.collection("people").remove("bob")
		a.collection("people").put(20, "dan")
		p := newPair(t, a, b).start().settle()
		p.same("people")
		return p
	}},
	{"live-put", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b).start().settle()
		p.tell("-- A writes bob")
		a.collection("people").put(20, "bob")
		p.changed(0, "people").settle()
		p.tell("-- B removes ann")
		b.collection("people").remove("ann")
		p.changed(1, "people").settle()
		p.same("people")
		return p
	}},
	{"live-transaction", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		p := newPair(t, a, b).start().settle()
		p.tell("-- A writes ann, bob and cid in one transaction")
		a.collection("people").put(20, "ann", "bob", "cid")
		p.changed(0, "people").settle()
		p.tell("-- and again")
		a.collection("people").put(20, "ann", "bob", "cid")
		p.changed(0, "people").settle()
		p.same("people")
		return p
	}},
	{"paused", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b).start().settle()
		p.tell("-- B pauses")
		p.step(1, Pause{On: true})
		p.settle()
		a.collection("people").put(20, "bob", "cid")
		p.changed(0, "people").tick(1e9).settle()
		for _, s := range p.sides {
			st := s.session.Status()[0]
			p.tell("-- %s: %s, %s, %s ahead, %s behind", s.name, st.Phase, st.Why, st.Ahead, st.Behind)
		}
		p.tell("-- B resumes")
		p.step(1, Pause{On: false})
		p.settle()
		p.same("people")
		return p
	}},
	{"interrupted-drain", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(200, "ann", "bob", "cid", "dan", "eve", "fay")
		small := func(_ int, c *Config) { c.Limits.Frame, c.Limits.Whole, c.Limits.Window = 500, 600, 700 }
		p := newPair(t, a, b, small).start()
		for b.collection("people").know.At("bob").Len() == 0 {
			p.deliver(0)
			p.deliver(1)
			p.commit(1)
		}
		p.tell("-- the connection breaks; both start anew")
		story := p.story
		p.step(0, Stop{})
		p.step(1, Stop{})
		q := newPair(t, a, b, small).start().settle()
		q.same("people")
		q.story = story + q.story
		return q
	}},
	{"relay", func(t *testing.T) *pair {
		a, b, c := newFake("A"), newFake("B"), newFake("C")
		p := newPair(t, a, b).start().settle()
		q := newPair(t, b, c)
		q.names = []*fake{a, b, c}
		q.start().settle()
		a.collection("people").put(20, "ann")
		p.changed(0, "people").settle()
		q.tell("-- B has heard from A")
		q.changed(0, "people").settle()
		q.tell("-- A removes ann, B hears of it")
		a.collection("people").remove("ann")
		p.changed(0, "people").settle()
		q.changed(0, "people").settle()
		q.same("people")
		return q
	}},
	{"verify-ok", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b).start().settle()
		p.tell("-- two quiet seconds")
		p.tick(2e9).settle().tick(2e9).settle()
		p.same("people")
		return p
	}},
	{"verify-mismatch", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		for i := range 100 {
			a.collection("people").put(20, fmt.Sprintf("p%02d", i))
		}
		copyTo(a, b, "people")
		b.collection("people").docs["p37"] = fakeDoc{}
		d := a.collection("people").docs["p81"]
		d.sizes = map[crdt.Dot]int{d.live[0]: 21}
		a.collection("people").docs["p81"] = d
		return newPair(t, a, b).start().settle().tick(2e9).settle()
	}},
	{"reduced-text", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("texts").put(500, "novel")
		p := newPair(t, a, b).start().settle()
		p.tell("-- A types")
		a.collection("texts").add(3, "novel")
		p.changed(0, "texts").settle()
		p.tell("-- both type at once")
		a.collection("texts").add(3, "novel")
		b.collection("texts").add(4, "novel")
		p.changed(0, "texts").changed(1, "texts").settle()
		p.same("texts")
		return p
	}},
	{"base-missing", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("texts").put(500, "novel", "poem")
		p := newPair(t, a, b).start().settle()
		p.tell("-- B removes the novel while A goes on with both")
		b.collection("texts").remove("novel")
		a.collection("texts").add(3, "novel")
		a.collection("texts").add(3, "poem")
		p.changed(0, "texts").changed(1, "texts").settle()
		p.tell("-- A goes on; the novel goes whole for the rest of the session")
		a.collection("texts").add(3, "novel")
		p.changed(0, "texts").settle()
		p.same("texts")
		return p
	}},
	{"refused-document", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		b.refuses = func(d Document) string {
			if d.Key == "bob" && d.Heads[0].Counter < 5 {
				return "list item 3: position of another list"
			}
			return ""
		}
		a.collection("people").put(20, "ann", "bob", "cid")
		p := newPair(t, a, b).start().settle()
		p.tell("-- A writes dan; bob stays refused")
		a.collection("people").put(20, "dan")
		p.changed(0, "people").settle().tick(2e9).settle()
		for _, s := range p.sides {
			st := s.session.Status()[0]
			p.tell("-- %s: %s, %s ahead, %s behind, %d refused", s.name, st.Phase, st.Ahead, st.Behind, len(st.Refused))
		}
		p.tell("-- A writes bob anew")
		a.collection("people").put(20, "bob")
		p.changed(0, "people").settle()
		p.same("people")
		return p
	}},
	{"many-writers", func(t *testing.T) *pair {
		all := writers(fewEntries + 3)
		a, b, c := newFake("A"), newFake("B"), newFake("C")
		a.knowing(all)
		copyTo(a, b, "people")
		a.write(all[:1])
		b.write(all[1:2])
		p := newPair(t, a, b).start().settle()
		p.same("people")
		p.tell("-- and one that knows few")
		c.collection("people").put(20, "ann")
		q := newPair(t, a, c)
		q.story = p.story
		q.start().settle().same("people")
		return q
	}},
	{"behind-what-is-forgotten", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann", "bob", "cid", "dan", "eve")
		copyTo(a, b, "people")
		b.collection("people").put(20, "fay")
		b.collection("people").add(3, "dan")
		a.collection("people").remove("bob")
		a.collection("people").remove("dan")
		a.collection("people").forget("bob", "dan")
		a.collection("people").put(20, "gus")
		hashAll(a, b)
		p := newPair(t, a, b)
		p.tell("-- while B was away A has removed bob and dan, and forgotten that")
		p.start().settle().tick(2e9).settle()
		p.same("people")
		return p
	}},
	{"heads-ahead", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		all := writers(6)
		a.knowing(all)
		a.collection("people").put(20, "ann")
		for _, w := range all {
			if w.id[0] >= 0x80 { // they came in a session that broke
				b.collection("people").heads[w.id] = w.collection("people").sign()
			}
		}
		hashAll(a, b)
		p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Whole, c.Limits.Frame = 3*headBytes, 2*headBytes })
		p.start().settle().same("people")
		return p
	}},
	{"garbage", func(t *testing.T) *pair {
		p := newPair(t, newFake("A"), newFake("B")).start().settle()
		p.sides[1].inbox = append(p.sides[1].inbox, p.sides[0].session.speak.next.seal(kindOpen, []byte{0xff, 0x00, 0x17}))
		return p.settle()
	}},
	{"message-lost", func(t *testing.T) *pair {
		a, b := newFake("A"), newFake("B")
		a.collection("people").put(20, "ann")
		p := newPair(t, a, b).start().settle()
		p.tell("-- A writes bob, and the frame is lost; A writes cid")
		a.collection("people").put(20, "bob")
		p.changed(0, "people")
		p.sides[1].inbox = nil
		a.collection("people").put(20, "cid")
		p.changed(0, "people").settle()
		next := newPair(t, a, b)
		next.story = p.story + "-- they connect again\n"
		next.start().settle().same("people")
		return next
	}},
	{"wrong-version", func(t *testing.T) *pair {
		p := newPair(t, newFake("A"), newFake("B"))
		p.step(1, Start{})
		p.sides[1].inbox = append(p.sides[1].inbox, []byte{byte(kindHello), 0x82, Version + 1, 0x63, 'n', 'e', 'w'})
		return p.settle()
	}},
}

func TestConversations(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) { golden(t, c.name, c.hold(t).story) })
	}
}

// copyTo gives b what a has of a collection.
func copyTo(a, b *fake, name string) {
	from, to := a.collection(name), b.collection(name)
	for key, d := range from.docs {
		to.docs[key] = d
	}
	for r, h := range from.heads {
		to.heads[r] = h
	}
	to.know = from.know
}

// hashAll brings every tree up to date.
func hashAll(fakes ...*fake) {
	for _, f := range fakes {
		for _, c := range f.collections {
			k := c.know
			c.hashed = &k
		}
	}
}
