package text_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// twins are two texts with the same events: one is put in canonical order step
// by step, the other never is, and written from its whole graph each time.
type twins struct {
	stepped, plain *text.Text
	tb             fataler
}

type fataler interface{ Fatalf(string, ...any) }

// noting is for goroutines, which may not end the test.
type noting struct{ *testing.T }

func (n noting) Fatalf(format string, args ...any) { n.Errorf(format, args...) }

func (w *twins) both(fn func(*text.Text) error) {
	for _, t := range []*text.Text{w.stepped, w.plain} {
		if err := fn(t); err != nil {
			w.tb.Fatalf("%v", err)
		}
	}
}

func (w *twins) merge(d *text.Delta) {
	w.both(func(t *text.Text) error { _, err := t.Merge(d); return err })
}

// same compares bytes, heads and content.
func (w *twins) same(what string, i int) {
	want := string(w.plain.AppendCanonical(nil))
	if got := w.stepped.Canonical(); got != want {
		w.tb.Fatalf("%s, step %d: other bytes:\n%x, want\n%x", what, i, got, want)
	}
	if string(w.stepped.AppendCanonical(nil)) != want || w.stepped.Canonical() != want {
		w.tb.Fatalf("%s, step %d: other bytes when asked again", what, i)
	}
	if !w.stepped.Frontier().Equal(w.plain.Frontier()) || w.stepped.String() != w.plain.String() {
		w.tb.Fatalf("%s, step %d: another text", what, i)
	}
}

// TestCanonicalInTurn writes random histories after each event or few of them,
// in any causal order.
func TestCanonicalInTurn(t *testing.T) {
	check := func(least, most int) func(*rapid.T) {
		return func(t *rapid.T) {
			h := drawHistory(t, least, most)
			every := rapid.IntRange(1, 3).Draw(t, "every")
			for round := range 3 {
				inTurn(t, h.updates, round, every)
			}
		}
	}
	t.Run("short", rapid.MakeCheck(check(1, 14)))
	t.Run("long", rapid.MakeCheck(check(40, 60)))
}

func inTurn(tb fataler, updates []update, round, every int) {
	w := twins{&text.Text{}, &text.Text{}, tb}
	for i, k := range shuffled(updates, round) {
		w.merge(updates[k].delta)
		if i%every == 0 {
			w.same("in turn", i)
		}
	}
	w.same("all", len(updates))
}

// TestCanonicalConformance does so with histories that have real ties.
func TestCanonicalConformance(t *testing.T) {
	var histories []*trace
	load(t, "fugue-conformance-500", &histories)
	for _, h := range histories {
		updates := h.conformance(t)
		for round := range 3 {
			inTurn(t, updates, round, 1)
		}
	}
}

// TestCanonicalTyping mixes local edits, merges, texts that are loaded
// or forked, refused events, and bytes that are asked for now and then.
// Mostly all follow on each other, so that much of the bytes is final; a third
// of the texts have authors that come late, whose names go before.
func TestCanonicalTyping(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agents := rapid.Permutation([]text.Agent{"a", "b", "c", "d"}).Draw(t, "agents")
		replicas := make([]*twins, 3)
		for i := range replicas {
			replicas[i] = &twins{&text.Text{}, &text.Text{}, t}
		}
		seqs := map[text.Agent]uint64{}
		for step := range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := rapid.SampledFrom([]int{0, 0, 0, 0, 1, 1, 2}).Draw(t, "replica")
			typeOrHear(t, replicas, i, agents[i], seqs)
			if rapid.IntRange(0, 2).Draw(t, "write") > 0 {
				replicas[i].same("typing", step)
			}
		}
		for _, w := range replicas {
			w.merge(replicas[0].stepped.Delta(w.plain.Frontier()))
			w.same("end", 0)
		}
	})
}

func typeOrHear(t *rapid.T, replicas []*twins, i int, agent text.Agent, seqs map[text.Agent]uint64) {
	w := replicas[i]
	n := w.plain.Len()
	switch rapid.IntRange(0, 9).Draw(t, "step") {
	case 0, 1:
		from := replicas[rapid.IntRange(0, 2).Draw(t, "from")]
		w.merge(from.stepped.Delta(w.stepped.Frontier()))
	case 2, 3:
		at := rapid.IntRange(0, n).Draw(t, "at")
		k := rapid.IntRange(0, min(3, n-at)).Draw(t, "n")
		w.both(func(t *text.Text) error { return t.Delete(agent, seqs[agent], at, k) })
		seqs[agent] += uint64(k)
	case 4: // backward
		for range min(2, n) {
			at := w.plain.Len() - 1
			w.both(func(t *text.Text) error { return t.Delete(agent, seqs[agent], at, 1) })
			seqs[agent]++
		}
	case 5:
		loaded, err := text.Load([]byte(w.stepped.Canonical()), w.stepped.String())
		if err != nil {
			t.Fatal(err)
		}
		w.stepped = loaded
	case 6:
		w.stepped.Canonical()
		kept, was, content := w.stepped, w.stepped.Canonical(), w.stepped.String()
		w.stepped = kept.Fork()
		at := rapid.IntRange(0, n).Draw(t, "at")
		k := rapid.IntRange(0, n-at).Draw(t, "n")
		w.both(func(t *text.Text) error { return t.Delete(agent, seqs[agent], at, k) })
		seqs[agent] += uint64(k)
		w.both(func(t *text.Text) error { return t.Insert(agent, seqs[agent], at, "uvw") })
		seqs[agent] += 3
		w.same("forked", 0)
		if kept.String() != content || kept.Canonical() != was {
			t.Fatalf("what was forked has changed")
		}
	case 7: // refused: beyond the end
		d := &text.Delta{}
		version := w.plain.Frontier()
		if err := d.Insert(text.ID{Agent: "0", Seq: 1}, version, 0, "x"); err != nil {
			t.Fatal(err)
		}
		if err := d.Insert(text.ID{Agent: "z", Seq: 1}, version, n+1, "x"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.stepped.Merge(d); err == nil {
			t.Fatal("beyond the end")
		}
	default: // lengths grow past where their numbers take another byte
		at := rapid.SampledFrom([]int{n, n, n / 2, 0}).Draw(t, "at")
		k := rapid.SampledFrom([]int{1, 3, 40, 60, 125}).Draw(t, "letters")
		w.both(func(t *text.Text) error { return t.Insert(agent, seqs[agent], at, strings.Repeat("ß", k)) })
		seqs[agent] += uint64(k)
	}
}

// TestCanonicalTraces writes traces some hundred times, many of them after one
// transaction each.
func TestCanonicalTraces(t *testing.T) {
	t.Run("friendsforever", func(t *testing.T) {
		w := twins{&text.Text{}, &text.Text{}, t}
		r := rand.New(rand.NewPCG(2, 2))
		for i, d := range loadTrace(t, "friendsforever").updates(t) {
			w.merge(d)
			if r.IntN(80) == 0 || i%4000 < 20 {
				w.same("friendsforever", i)
			}
		}
		w.same("friendsforever", -1)
	})
	t.Run("sveltecomponent", func(t *testing.T) {
		tr := loadTrace(t, "sveltecomponent")
		w := twins{&text.Text{}, &text.Text{}, t}
		seq := uint64(1)
		for i, x := range tr.Txns {
			for _, p := range x.Patches {
				w.both(func(t *text.Text) error { return p.edit(t, seq) })
				seq += uint64(p.size())
			}
			if i%4000 < 40 {
				w.same("sveltecomponent", i)
			}
		}
		w.same("sveltecomponent", -1)
	})
}

// edit makes the patch on top of a text.
func (p patch) edit(t *text.Text, seq uint64) error {
	if err := t.Delete(author, seq, p.at, p.deleted); err != nil {
		return err
	}
	return t.Insert(author, seq+uint64(p.deleted), p.at, p.inserted)
}

// TestForksAtOnce edits forks of one text at the same time, while it is read.
func TestForksAtOnce(t *testing.T) {
	w := twins{&text.Text{}, &text.Text{}, t}
	w.both(func(t *text.Text) error { return t.Insert("m", 1, 0, strings.Repeat("some text ", 1000)) })
	whole, content, canonical := w.stepped, w.stepped.String(), w.stepped.Canonical()
	var all sync.WaitGroup
	for i, agent := range []text.Agent{"a", "n", "z"} {
		all.Go(func() {
			plain, err := text.Load([]byte(canonical), content)
			if err != nil {
				t.Error(err)
				return
			}
			r := rand.New(rand.NewPCG(uint64(i), 3))
			f := &twins{whole.Fork(), plain, noting{t}}
			for k := range uint64(50) {
				at := r.IntN(f.plain.Len() - 300)
				f.both(func(t *text.Text) error { return t.Delete(agent, 400*k+1, at, int(k)) })
				f.both(func(t *text.Text) error { return t.Insert(agent, 400*k+100, at, "typed") })
			}
			f.same("fork", i)
		})
	}
	all.Go(func() {
		for range 20 {
			if whole.String() != content || string(whole.AppendCanonical(nil)) != canonical || whole.Delta(nil).Len() != 10_000 {
				t.Error("the text that was forked has changed")
			}
		}
	})
	all.Wait()
}
