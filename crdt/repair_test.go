package crdt_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/crdt/crdttest"
	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// disputed are peers that count the same of a document and hold it differently.
type disputed struct {
	t     rapid.TB
	peers []*peer
	said  []crdt.State // all that any of them has held since: it may reach any other, late, again, or never
}

// dispute gives each peer one of the states, with all that any of them counts.
func dispute(t rapid.TB, states []crdt.State) *disputed {
	w := &disputed{t: t}
	var all crdt.VersionVector
	for _, s := range states {
		all = all.Merge(s.Context)
	}
	for i, s := range states {
		p := newPeer('P' + byte(i))
		p.State, p.time = crdt.State{Document: s.Document, Heads: s.Heads, Context: all}, 1<<30
		w.peers = append(w.peers, p)
		w.say(p)
	}
	return w
}

func (w *disputed) say(p *peer) { w.said = append(w.said, p.State) }

// hear merges what was said into what a peer holds, and vouches for what that has
// rescued.
func (w *disputed) hear(p *peer, s crdt.State) {
	w.t.Helper()
	if len(s.Heads) == 0 { // no change is known there: nothing is sent
		return
	}
	if !s.Document.IsEmpty() {
		d, err := crdt.Decode(bytes.Clone(s.Document.Canonical()))
		if err != nil {
			w.t.Fatal(err)
		}
		s.Document = d
	}
	if err := s.Document.Check(s.Context); err != nil {
		w.t.Fatalf("what was sent does not pass: %v", err)
	}
	m, err := crdt.Merge(p.State, s)
	if err != nil {
		w.t.Fatalf("%s hears %s: %v", p.Document.AppendJSON(nil, crdt.FormatTyped), s.Document.AppendJSON(nil, crdt.FormatTyped), err)
	}
	standoff := seenBy(p.Context, s.Heads) && seenBy(s.Context, p.Heads)
	other, err := crdt.Merge(s, p.State)
	if standoff && !bytes.Equal(m.Document.Canonical(), p.Document.Canonical()) {
		w.t.Fatalf("who has seen the same changed what is here")
	}
	if err != nil || !standoff && (!bytes.Equal(m.Document.Canonical(), other.Document.Canonical()) || !slices.Equal(m.Rescued, other.Rescued)) {
		w.t.Fatalf("the other way around it is another: %v", err)
	}
	p.State = crdt.State{Document: m.Document, Heads: m.Heads, Context: p.Context.Merge(s.Context)}
	if len(m.Rescued) > 0 {
		p.edit(w.t, func(d *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) {
			d, err := crdt.Vouch(wr, p.State, m.Rescued)
			return d, true, err
		})
	}
	w.say(p)
}

func seenBy(v crdt.VersionVector, heads []crdt.Dot) bool {
	return len(heads) > 0 && !slices.ContainsFunc(heads, func(d crdt.Dot) bool { return !v.Has(d) })
}

// repair makes one of what two peers hold, as a write of the first; it reports
// false if they need not hold the same.
func (w *disputed) repair(a, b *peer) bool {
	if bytes.Equal(a.Document.Canonical(), b.Document.Canonical()) ||
		!(seenBy(a.Context, b.Heads) && seenBy(b.Context, a.Heads) || a.Context.Equal(b.Context)) {
		return false
	}
	a.edit(w.t, func(d *crdt.Document, wr *crdt.Writer) (*crdt.Document, bool, error) {
		return crdt.Repair(wr, a.State, b.State)
	})
	w.say(a)
	return true
}

// settle lets all hear of all, and repair what still differs, until they hold one
// content.
func (w *disputed) settle() *crdt.Document {
	w.t.Helper()
	for range 4 * len(w.peers) {
		for _, a := range w.peers {
			for _, b := range w.peers {
				w.hear(a, b.State)
			}
		}
		one, first := true, w.peers[0]
		for _, p := range w.peers[1:] {
			one = one && bytes.Equal(p.Document.Canonical(), first.Document.Canonical()) && p.Context.Equal(first.Context)
		}
		if one {
			return first.Document
		}
		for _, a := range w.peers {
			for _, b := range w.peers {
				if w.repair(a, b) {
					break
				}
			}
		}
	}
	for _, p := range w.peers {
		w.t.Logf("%s: %s heads %v of %s, %d marks", p.id, p.Document.AppendJSON(nil, crdt.FormatTyped), p.Heads, p.Context, marksIn(p.Document))
	}
	w.t.Fatalf("they do not come to one content")
	return nil
}

// spoken are the events of the texts of a document, each behind its path.
func spoken(t rapid.TB, d *crdt.Document) map[string]bool {
	events := map[string]bool{}
	for w := range d.Texts() {
		if len(w.Events) == 0 {
			continue
		}
		delta, err := text.Decode(w.Events)
		if err != nil {
			t.Fatal(err)
		}
		for id, n := range delta.Spans() {
			for i := range n {
				events[fmt.Sprintf("%s %x:%d", w.Path, id.Agent, id.Seq+uint64(i))] = true
			}
		}
	}
	return events
}

// alive are the entries of a document but for the heads of texts and marks.
func alive(d *crdt.Document) map[string]crdt.Entry {
	all := map[string]crdt.Entry{}
	for e := range d.Entries() {
		if e.Kind != crdt.KindRepair && !(e.Kind == crdt.KindText && e.Value != "\xf6") {
			all[fmt.Sprint(e.Path, e.Kind, e.Dot)] = e
		}
	}
	return all
}

// united is what everything that the documents hold amounts to: all that is alive in
// one of them, but for counts that are in none that has a later one of the same replica.
func united(docs []*crdt.Document) map[string]bool {
	want := map[string]bool{}
	for _, d := range docs {
		for name, e := range alive(d) {
			want[name] = true
			if e.Kind != crdt.KindCounter || e.Value == "\xf6" {
				continue
			}
			for _, o := range docs {
				other := alive(o)
				if _, ok := other[name]; ok {
					continue
				}
				for _, f := range other {
					if f.Kind == e.Kind && f.Value != "\xf6" && f.Path.String() == e.Path.String() && f.Dot.Replica == e.Dot.Replica && f.Dot.Counter > e.Dot.Counter {
						want[name] = false
					}
				}
			}
		}
	}
	return want
}

// TestRepairAmongAny: up to six peers that count the same hold any contents of any
// history. They hear of each other, late, again or never, and repair in whatever
// order, several at once. In the end all hold one content: all that any had, each
// thing once, and nothing else.
func TestRepairAmongAny(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		history := crdttest.States(t)
		var states []crdt.State
		var docs []*crdt.Document
		for range rapid.IntRange(2, 6).Draw(t, "peers") {
			s := history[rapid.IntRange(0, len(history)-1).Draw(t, "state")]
			states, docs = append(states, s), append(docs, s.Document)
		}
		for _, s := range history { // so that all count all of it
			states[0].Context = states[0].Context.Merge(s.Context)
		}
		w := dispute(t, states)
		any := rapid.IntRange(0, len(w.peers)-1)
		for range rapid.IntRange(0, 12).Draw(t, "steps") {
			a, b := w.peers[any.Draw(t, "a")], w.peers[any.Draw(t, "b")]
			if rapid.Bool().Draw(t, "repair") {
				w.repair(a, b)
			} else {
				w.hear(a, w.said[rapid.IntRange(0, len(w.said)-1).Draw(t, "said")])
			}
		}
		end := w.settle()
		got := alive(end)
		for name, want := range united(docs) {
			if _, ok := got[name]; ok != want {
				t.Fatalf("%s is there: %v, want %v, in %s", name, ok, want, end.AppendJSON(nil, crdt.FormatTyped))
			}
			delete(got, name)
		}
		for name := range got {
			t.Fatalf("%s was in none of them", name)
		}
		heard := spoken(t, end)
		for _, d := range docs {
			for event := range spoken(t, d) {
				if !heard[event] {
					t.Fatalf("of a text the event %s is lost", event)
				}
			}
		}
	})
}

// parted are peers that hold these JSONs, each written over the one before by one
// of them in turn, and count all of it.
func parted(t *testing.T, writers int, all ...string) *disputed {
	t.Helper()
	var writer []*peer
	for i := range writers {
		writer = append(writer, newPeer('A'+byte(i)))
	}
	var states []crdt.State
	for i, fn := range putAll(t, all) {
		p := writer[i%writers]
		p.hear(t, writer[(i+writers-1)%writers])
		p.edit(t, fn)
		states = append(states, p.State)
	}
	return dispute(t, states)
}

func (w *disputed) want(plain string) {
	w.t.Helper()
	if got := string(w.settle().AppendJSON(nil, crdt.FormatPlain)); got != plain {
		w.t.Errorf("%s, want %s", got, plain)
	}
}

// TestRepairOfCounters: two pairs repair one counter at once, of which each
// has a part that the others lack. It counts once.
func TestRepairOfCounters(t *testing.T) {
	w := parted(t, 2, `{"n":{"$counter":1}}`, `{"n":11}`, `{"n":111}`, `{"n":1111}`)
	w.repair(w.peers[0], w.peers[1])
	w.repair(w.peers[2], w.peers[3])
	w.want(`{"n":1111}`)
}

// TestRepairedAndRemoved: what is removed after a repair stays removed, also at a
// third peer that had something which the repair did not know, and in a copy of it
// that comes back late. What only the third had is not lost.
func TestRepairedAndRemoved(t *testing.T) {
	w := parted(t, 1, `{"x":1,"a":1}`, `{"x":1,"b":2}`, `{"x":1,"c":3}`)
	a, b, c := w.peers[0], w.peers[1], w.peers[2]
	late := c.State
	w.repair(a, b)
	w.hear(b, a.State)
	for _, fn := range putAll(t, []string{`{"b":2}`}) {
		b.edit(t, fn) // without x and a
	}
	w.hear(c, b.State)
	w.hear(a, late)
	w.want(`{"b":2,"c":3}`)
}

// TestBehindARepair: who has not seen all that was repaired disputes nothing: what
// it holds and others have removed goes.
func TestBehindARepair(t *testing.T) {
	a := newPeer('A')
	edits := putAll(t, []string{`{"x":1,"old":1}`, `{"x":1}`, `{"x":1,"y":1}`})
	a.edit(t, edits[0])
	behind := a.State
	a.edit(t, edits[1])
	first := a.State
	a.edit(t, edits[2])
	w := dispute(t, []crdt.State{first, a.State})
	w.repair(w.peers[0], w.peers[1])
	p := newPeer('Q')
	p.State = behind
	w.peers = append(w.peers, p)
	w.hear(w.peers[1], behind)
	w.want(`{"x":1,"y":1}`)
}

// TestMarksAreNotShown: of a document that was repaired, edits keep the mark, and nothing
// shows it; what removes the document removes it as well.
func TestMarksAreNotShown(t *testing.T) {
	for _, pair := range [][2]string{{`{"x":1}`, `{"x":1,"y":2}`}, {`[1]`, `[1,2]`}, {`1`, `2`}, {`{"$set":[1]}`, `[1,2]`}, {`{"$text":"a"}`, `"ab"`}} {
		w := parted(t, 1, pair[0], pair[1])
		w.repair(w.peers[0], w.peers[1])
		p := w.peers[0]
		conflicts := len(p.Document.Conflicts())
		if conflicts > 0 != (pair[0] == "1") || p.Document.HasConflicts() != (conflicts > 0) {
			t.Errorf("%s: %d conflicts", p.Document.AppendJSON(nil, crdt.FormatTyped), conflicts)
		}
		for _, fn := range putAll(t, []string{`{"z":[1,{"$text":"b"}]}`, `7`, `{"x":{}}`}) {
			p.edit(t, fn)
			if n := marksIn(p.Document); n != 1 {
				t.Errorf("%s has %d marks", p.Document.AppendJSON(nil, crdt.FormatTyped), n)
			}
		}
		if got := string(p.Document.AppendJSON(nil, crdt.FormatTyped)); got != `{"x":{}}` {
			t.Errorf("%s", got)
		}
		p.edit(t, (*crdt.Document).Delete)
		if !p.Document.IsEmpty() {
			t.Errorf("deleted, %d marks are left", marksIn(p.Document))
		}
	}
}

func marksIn(d *crdt.Document) (n int) {
	for e := range d.Entries() {
		if e.Kind == crdt.KindRepair {
			n++
		}
	}
	return n
}

// TestManyMarks: a document that is repaired again and again keeps the latest marks.
func TestManyMarks(t *testing.T) {
	w := parted(t, 1, `{"x":1}`, `{"y":1}`)
	a, b := w.peers[0], w.peers[1]
	for i := range 40 {
		was := *b
		w.repair(a, b)
		w.hear(b, a.State)
		b.edit(t, putAll(t, []string{fmt.Sprintf(`{"n":%d}`, i)})[0])
		w.hear(a, b.State)
		b.Document = was.Document // what was written last is lost here
	}
	if n := marksIn(w.settle()); n == 0 || n > 16 {
		t.Errorf("%d marks", n)
	}
}

// TestForgedMarks: marks that cannot be read, or claim what nobody wrote, mark nothing
// and break nothing.
func TestForgedMarks(t *testing.T) {
	w := parted(t, 1, `{"x":1}`, `{"x":1,"y":2}`)
	w.repair(w.peers[0], w.peers[1])
	whole := w.peers[0].Document.Canonical()
	for i := range whole {
		for _, bit := range []byte{1, 0x10, 0x80} {
			b := bytes.Clone(whole)
			b[i] ^= bit
			d, err := crdt.Decode(b)
			if err != nil || d.Check(w.peers[0].Context) != nil {
				continue
			}
			s := w.peers[0].State
			s.Document = d
			if m, err := crdt.Merge(w.peers[1].State, s); err == nil {
				if _, err := crdt.Decode(m.Document.Canonical()); err != nil && !errors.Is(err, crdt.ErrTooLarge) {
					t.Errorf("byte %d: the outcome does not decode: %v", i, err)
				}
			}
		}
	}
}
