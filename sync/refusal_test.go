package antientropy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/crdtstore/crdtstore/crdt"
)

// refuseKeys makes a replica refuse whatever comes under these keys.
func refuseKeys(f *fake, keys ...string) {
	f.refuses = func(d Document) string {
		if slices.Contains(keys, d.Key) {
			return "not " + d.Key
		}
		return ""
	}
}

// refused fails unless both sides say that exactly these keys were refused by
// side i, and everything else is the same.
func (p *pair) refused(i int, collection string, keys ...string) {
	p.t.Helper()
	for j, s := range p.sides {
		if s.closed != nil {
			p.t.Fatalf("%s closed: %+v\n%s", s.name, *s.closed, p.story)
		}
		st := s.session.Status()[0]
		var got []string
		for _, r := range st.Refused {
			if r.ByPeer != (i != j) || r.Reason != "not "+r.Key {
				p.t.Fatalf("%s: %+v\n%s", s.name, r, p.story)
			}
			got = append(got, r.Key)
		}
		if !slices.Equal(got, keys) {
			p.t.Fatalf("%s says that %q were refused, want %q\n%s", s.name, got, keys, p.story)
		}
		n := Count(len(keys))
		if lacking := (st.Ahead == n && j != i) || (st.Behind == n && j == i); n > 0 && (st.Phase != PhaseRefused || !lacking) {
			p.t.Fatalf("%s: %+v\n%s", s.name, st, p.story)
		}
	}
	a, b := p.sides[0].collection(collection), p.sides[1].collection(collection)
	for _, c := range []*fakeCollection{a, b} {
		for key := range c.docs {
			if !slices.Contains(keys, key) && !slices.Equal(a.docs[key].live, b.docs[key].live) {
				p.t.Fatalf("%s differs: %v and %v\n%s", key, a.docs[key].live, b.docs[key].live, p.story)
			}
		}
	}
}

// TestRefusedDocument follows one document that the peer does not take,
// through changes of others and of itself.
func TestRefusedDocument(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	refuseKeys(b, "m")
	a.collection("notes").put(10, "a", "m", "z")
	p := newPair(t, a, b)
	offered := 0
	p.sides[1].onMerge = func(m Merge) {
		for _, d := range m.Frame.Documents {
			if d.Key == "m" && m.Frame.To == "m\x00" {
				offered++
			}
		}
	}
	p.start().settle().refused(1, "notes", "m")
	for i := range 5 {
		a.collection("notes").put(10, fmt.Sprint("k", i))
		p.changed(0, "notes").settle().tick(time.Second).settle()
		b.collection("notes").put(10, fmt.Sprint("l", i))
		p.changed(1, "notes").settle().tick(time.Second).settle()
	}
	p.refused(1, "notes", "m")
	if offered != 0 {
		t.Errorf("offered %d times again without a change", offered)
	}
	for i := range 3 {
		a.collection("notes").put(10, "m")
		p.changed(0, "notes").settle()
		p.refused(1, "notes", "m")
		if offered != i+1 {
			t.Errorf("offered %d times after %d changes", offered, i+1)
		}
	}
	if strings.Contains(p.story, "does not fit") {
		t.Errorf("frames that span what was refused are not taken\n%s", p.story)
	}
	b.refuses = nil
	p.tick(5*time.Second).settle().refused(1, "notes", "m")
	a.collection("notes").put(10, "m")
	p.changed(0, "notes").settle().tick(3 * time.Second).settle()
	p.same("notes")
	for _, s := range p.sides {
		if st := s.session.Status()[0]; st.Phase != PhaseConverged || st.Refused != nil {
			t.Errorf("%s: %+v", s.name, st)
		}
	}
}

// TestRefusedUntilTheOwnOneIsSmaller checks that a document that was refused for
// what the refusing side itself holds is offered again when that has changed.
func TestRefusedUntilTheOwnOneIsSmaller(t *testing.T) {
	for _, both := range []bool{false, true} {
		a, b := newFake("A"), newFake("B")
		a.collection("notes").put(10, "a", "m", "z")
		b.collection("notes").put(10, "m")
		refuseKeys(b, "m")
		if both {
			refuseKeys(a, "m")
		}
		p := newPair(t, a, b).start().settle()
		n := offers(p, 1, "m")
		for range 3 {
			b.collection("notes").put(10, "x")
			p.changed(1, "notes").settle().tick(3 * time.Second).settle()
		}
		if *n != 0 {
			t.Errorf("offered %d times again without a change", *n)
		}
		b.collection("notes").put(10, "m")
		a.refuses, b.refuses = nil, nil
		p.changed(1, "notes").settle().tick(3 * time.Second).settle()
		p.same("notes")
		p.refused(1, "notes")
		if *n != 1 {
			t.Errorf("offered %d times after a change", *n)
		}
	}
}

// TestRefusedIsTriedOnceInASession checks that a new session offers it again,
// once.
func TestRefusedIsTriedOnceInASession(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	refuseKeys(b, "m")
	a.collection("notes").put(10, "a", "m", "z")
	for range 3 {
		p := newPair(t, a, b).start().settle().tick(5 * time.Second).settle()
		p.refused(1, "notes", "m")
		if n := strings.Count(p.story, "+m["); n != 1 {
			t.Errorf("offered %d times\n%s", n, p.story)
		}
		p.step(0, Stop{})
		p.step(1, Stop{})
	}
	b.refuses = nil
	newPair(t, a, b).start().settle().same("notes")
}

// TestRefusedComesFromElsewhere checks that both sides notice when a third
// brings what one of them had refused.
func TestRefusedComesFromElsewhere(t *testing.T) {
	a, b, c := newFake("A"), newFake("B"), newFake("C")
	a.collection("notes").put(10, "a", "m", "z")
	copyTo(a, c, "notes")
	refuseKeys(b, "m")
	p := newPair(t, a, b).start().settle()
	p.refused(1, "notes", "m")
	b.refuses = nil
	newPair(t, c, b).start().settle()
	p.changed(1, "notes").settle().tick(3 * time.Second).settle()
	p.same("notes")
	for _, s := range p.sides {
		if st := s.session.Status()[0]; st.Phase != PhaseConverged || st.Refused != nil {
			t.Errorf("%s: %+v\n%s", s.name, st, p.story)
		}
	}
}

// TestChangedWhileItIsRefused checks that a version that was on its way when
// the one before was refused is offered again.
func TestChangedWhileItIsRefused(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	c := a.collection("notes")
	c.put(10, "a", "m", "z")
	bad := c.docs["m"].heads
	b.refuses = func(d Document) string {
		if slices.Equal(d.Heads, bad) {
			return "not m"
		}
		return ""
	}
	p := newPair(t, a, b)
	p.sides[1].slow = true
	p.start().settle()
	for range 3 {
		c.put(10, "m", "x")
		p.changed(0, "notes").settle()
	}
	p.sides[1].slow = false
	p.settle().tick(3 * time.Second).settle()
	p.same("notes")
	p.refused(1, "notes")
}

// refuseVersions makes a replica refuse a document in its first versions, by
// their number among those of the writer.
func refuseVersions(f *fake, key string, from, to uint64) {
	f.refuses = func(d Document) string {
		if n := d.Heads[0].Counter; d.Key == key && n >= from && n <= to {
			return "not " + key
		}
		return ""
	}
}

// offers counts how often a document was given to side i to merge.
func offers(p *pair, i int, key string) *int {
	n := new(int)
	p.sides[i].onMerge = func(m Merge) {
		for _, d := range m.Frame.Documents {
			if d.Key == key {
				*n++
			}
		}
	}
	return n
}

// TestRefusedThenWantedWhole checks that a version that is offered again after
// a refusal, reduced, and cannot be completed, comes whole.
func TestRefusedThenWantedWhole(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	c := a.collection("notes")
	c.put(1000, "m")
	p := newPair(t, a, b).start().settle()
	refuseVersions(b, "m", 2, 2)
	c.add(1, "m")
	p.changed(0, "notes").settle().refused(1, "notes", "m")
	b.whole = func(string) bool { return true }
	c.add(1, "m")
	p.changed(0, "notes").settle().tick(3 * time.Second).settle()
	p.same("notes")
	p.refused(1, "notes")
	if !strings.Contains(p.story, "want ") {
		t.Error(p.story)
	}
}

// TestRefusedIsNotOfferedWithEveryKnow checks that a drain that starts over
// for another reason leaves out what was refused and has not changed.
func TestRefusedIsNotOfferedWithEveryKnow(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	refuseKeys(b, "m")
	c := a.collection("notes")
	for i := range 20 {
		c.put(1000, fmt.Sprintf("n%02d", i))
	}
	c.put(10, "m")
	p := newPair(t, a, b)
	n := offers(p, 1, "m")
	p.start().settle()
	b.whole = func(string) bool { return true }
	for i := range 20 {
		c.add(1, fmt.Sprintf("n%02d", i))
		p.changed(0, "notes").settle()
	}
	p.refused(1, "notes", "m")
	if wants := strings.Count(p.story, "want "); *n != 1 || wants != 20 {
		t.Errorf("offered %d times, with %d drains that started over", *n, wants)
	}
}

// TestRefusedWithoutTheFeature checks that a peer that knows no refusals is
// left in good order, and that the document is named.
func TestRefusedWithoutTheFeature(t *testing.T) {
	for _, lacks := range []int{0, 1} {
		a, b := newFake("A"), newFake("B")
		refuseKeys(b, "m")
		a.collection("notes").put(10, "a", "m")
		p := newPair(t, a, b, func(i int, c *Config) {
			if i == lacks {
				c.Features = []string{FeatureReduced}
			}
		}).start().settle()
		end := p.sides[1].closed
		if end == nil || end.Reason != ReasonRefused || end.Reason.Violation() || end.Detail != "notes/m: not m" {
			t.Errorf("closed: %+v\n%s", end, p.story)
		}
	}
}

// TestTooManyRefused checks the bound on what a peer makes a session remember.
func TestTooManyRefused(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	b.refuses = func(Document) string { return "no" }
	fill(a, "notes", 30, 10)
	p := newPair(t, a, b, func(i int, c *Config) {
		if i == 0 {
			c.Limits.Refused = 29
		}
	}).start().settle()
	if end := p.sides[0].closed; end == nil || end.Reason != ReasonGarbage {
		t.Errorf("closed: %+v", end)
	}
}

// TestManyHeadsCountAsRefusedDocuments checks that few refused documents do not
// make a session remember any number of heads.
func TestManyHeadsCountAsRefusedDocuments(t *testing.T) {
	p := newPair(t, newFake("A"), newFake("B"), func(_ int, c *Config) { c.Limits.Refused = 20 })
	p.sides[0].collection("notes")
	p.start().settle()
	s := p.sides[0].session
	c := s.collections["notes"]
	for i := range 3 { // again and again the same one
		if err := s.refuse(c, &c.refusedHere, false, Refusal{"m", "no"}, make([]crdt.Dot, 1100+i)); err != nil {
			t.Fatal(err)
		}
	}
	err := s.refuse(c, &c.refusedHere, false, Refusal{"n", "no"}, make([]crdt.Dot, 64*2))
	var end *ending
	if !errors.As(err, &end) || end.reason != ReasonTooMany {
		t.Errorf("got %v", err)
	}
}

// TestRandomRefusals lets two replicas write while each refuses at random, by
// key and version, and lacks bases at random: sessions stay up, it always
// ends, everything else is the same, and a session without refusals brings
// the rest.
func TestRandomRefusals(t *testing.T) {
	refusals := 0
	rapid.Check(t, func(t *rapid.T) {
		a, b := newFake("A"), newFake("B")
		limits := Limits{
			Frame: rapid.SampledFrom([]int{1, 300, 3000}).Draw(t, "frame"), Whole: rapid.SampledFrom([]int{1, 1000, 9000}).Draw(t, "whole"),
			Documents: rapid.SampledFrom([]int{1, 3, 100}).Draw(t, "documents"), Window: rapid.SampledFrom([]int{1, 4000, 40000}).Draw(t, "window"),
		}
		moody := rapid.IntRange(0, 9).Draw(t, "moody")
		for _, f := range []*fake{a, b} {
			f.whole = func(string) bool { return rapid.IntRange(0, 9).Draw(t, "missing") == 0 }
			f.refuses = func(d Document) string {
				if rapid.IntRange(0, 9).Draw(t, "mood") < moody {
					return "not " + d.Key
				}
				return ""
			}
		}
		p := newPair(t, a, b, func(_ int, c *Config) { c.Limits = limits })
		p.start()
		for range rapid.IntRange(0, 120).Draw(t, "steps") {
			p.happen(t)
		}
		p.settle()
		before := p.bytes
		p.tick(20 * time.Second).settle()
		if n := p.bytes - before; n > 2000 {
			t.Fatalf("%d bytes without any change\n%s", n, p.story)
		}
		p.onlyRefusedDiffers(t)
		refusals += strings.Count(p.story, "refuse ")
		a.refuses, b.refuses = nil, nil
		p.step(0, Stop{})
		p.step(1, Stop{})
		newPair(t, a, b).start().settle().same("texts")
	})
	t.Logf("%d frames came with refusals", refusals)
	if refusals == 0 {
		t.Error("nothing was refused")
	}
}

// onlyRefusedDiffers fails unless the sessions are up and agree on what was
// refused, and all other documents are the same on both sides.
func (p *pair) onlyRefusedDiffers(t *rapid.T) {
	var refused [2][]string
	for i, s := range p.sides {
		if s.closed != nil {
			t.Fatalf("%s closed: %+v\n%s", s.name, *s.closed, p.story)
		}
		for _, st := range s.session.Status() {
			for _, r := range st.Refused {
				refused[i] = append(refused[i], fmt.Sprint(r.Key, r.ByPeer == (i == 0)))
			}
			if len(st.Refused) == 0 && st.Phase != PhaseConverged || len(st.Refused) > 0 && st.Phase != PhaseRefused {
				c := s.session.collections["texts"]
				t.Fatalf("%s: %+v\nmine %s\ntheirs %s\nknown %s\nidle %t, behind %s\n%s", s.name, st, c.mine, c.theirs, c.known, c.idle(), c.behind, p.story)
			}
		}
		slices.Sort(refused[i])
	}
	if !slices.Equal(refused[0], refused[1]) {
		t.Fatalf("refused: %q and %q\n%s", refused[0], refused[1], p.story)
	}
	a, b := p.sides[0].collection("texts"), p.sides[1].collection("texts")
	for i := range 6 {
		key := fmt.Sprint("k", i)
		named := slices.ContainsFunc(refused[0], func(r string) bool { return strings.HasPrefix(r, key) })
		if same := slices.Equal(a.docs[key].live, b.docs[key].live) && slices.Equal(a.docs[key].heads, b.docs[key].heads); !same && !named {
			t.Fatalf("%s differs, and was not refused: %v and %v\n%s", key, a.docs[key], b.docs[key], p.story)
		}
		if !named && !a.know.At(key).Equal(b.know.At(key)) {
			t.Fatalf("knowledge of %s: %s and %s\n%s", key, a.know, b.know, p.story)
		}
	}
}

// TestHolesAreSingleKeys checks what counts as one.
func TestHolesAreSingleKeys(t *testing.T) {
	r := refusals{"m": {}}
	for _, c := range []struct {
		from, to string
		want     bool
	}{{"m", "m\x00", true}, {"m", "n", false}, {"m", "", false}, {"", "m\x00", false}, {"n", "n\x00", false}} {
		if got := r.hole(c.from, c.to); got != c.want {
			t.Errorf("[%q..%q): %t", c.from, c.to, got)
		}
	}
}

// TestRefusedAndTakenWithALaterVersionWritten: when the peer shows what it knows,
// a refused document is counted as held in the version of that moment. If then an
// earlier one is taken, which was on its way, the later one is still to be sent,
// and no frame may span it without it.
func TestRefusedAndTakenWithALaterVersionWritten(t *testing.T) {
	for frames := 2; frames <= 5; frames++ {
		a, b, third := newFake("A"), newFake("B"), newFake("C")
		a.collection("notes").put(10, "b", "d", "x", "z")
		newPair(t, a, third).start().settle()
		refuseKeys(b, "d")
		p := newPair(t, a, b, func(_ int, c *Config) { c.Limits.Frames, c.Limits.Whole, c.Limits.Documents = frames, 1, 1 })
		p.start().settle().refused(1, "notes", "d")
		a.collection("notes").put(10, "x")
		p.changed(0, "notes")
		a.collection("notes").put(10, "d")
		p.changed(0, "notes")
		b.refuses = nil
		newPair(t, third, b).start().settle()
		p.changed(1, "notes")
		a.collection("notes").put(10, "b", "d", "z")
		p.changed(0, "notes")
		for p.deliver(0) {
		}
		p.settle().tick(5 * time.Second).settle()
		p.same("notes")
		p.refused(1, "notes")
		for _, s := range p.sides {
			if st := s.session.Status()[0]; st.Phase != PhaseConverged {
				t.Errorf("%d frames: %s: %+v\n%s", frames, s.name, st, p.story)
			}
		}
	}
}
