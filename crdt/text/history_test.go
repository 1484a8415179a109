package text_test

import (
	"slices"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt/text"
	"pgregory.net/rapid"
)

// history is a random history of concurrent edits, as updates and as the
// oracle has it.
type history struct {
	oracle  oracle
	updates []update
	last    []int // the last event of each update, as the oracle numbers them
}

// drawHistory makes from least to most edits. Each builds on the versions of one or two
// earlier edits, so agents fork from themselves too.
func drawHistory(t *rapid.T, least, most int) *history {
	h := &history{}
	agents := []text.Agent{"a", "b", "cc"}
	next := map[text.Agent]uint64{}
	for i := range rapid.IntRange(least, most).Draw(t, "edits") {
		parents := []int{}
		for range min(i, rapid.IntRange(0, 2).Draw(t, "parents")) {
			parents = append(parents, max(0, i-rapid.IntRange(1, 6).Draw(t, "back")))
		}
		slices.Sort(parents)
		parents = slices.Compact(parents)
		agent := rapid.SampledFrom(agents).Draw(t, "agent")
		if rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
			next[agent] += 3
		}
		h.edit(t, agent, next, parents)
	}
	return h
}

// edit adds an insertion or deletion on top of some updates.
func (h *history) edit(t *rapid.T, agent text.Agent, next map[text.Agent]uint64, parents []int) {
	u := update{delta: &text.Delta{}, parents: parents}
	var heads []int
	var version text.Version
	for _, p := range parents {
		heads = append(heads, h.last[p])
		version = append(version, h.oracle.events[h.last[p]].id)
	}
	length := utf8.RuneCountInString(h.oracle.show(heads))
	at := rapid.IntRange(0, length).Draw(t, "at")
	step := func(at int, r rune) {
		id := text.ID{Agent: agent, Seq: next[agent]}
		next[agent]++
		if !h.oracle.add(id, heads, at, r) {
			t.Fatalf("oracle: position %d", at)
		}
		var err error
		if r == 0 {
			err = u.delta.Delete(id, version, at, 1)
		} else {
			err = u.delta.Insert(id, version, at, string(r))
		}
		if err != nil {
			t.Fatal(err)
		}
		heads, version = []int{len(h.oracle.events) - 1}, text.Version{id}
	}
	n := rapid.IntRange(1, 3).Draw(t, "length")
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		for range max(1, min(n, length-at)) {
			if at == length {
				step(at, 'z')
			} else {
				step(at, 0)
			}
		}
	case 1:
		for i := range n {
			if at-1-i >= 0 {
				step(at-1-i, 0)
			} else if i == 0 {
				step(at, 'ß')
			}
		}
	case 2:
		for range n {
			step(at, rapid.SampledFrom([]rune("xyz𝄞")).Draw(t, "rune"))
		}
	default:
		for i := range n {
			step(at+i, rapid.SampledFrom([]rune("klmü")).Draw(t, "rune"))
		}
	}
	h.updates = append(h.updates, u)
	h.last = append(h.last, heads[0])
}

// all is the version of every event, for the oracle.
func (h *history) all() []int {
	all := make([]int, len(h.oracle.events))
	for i := range all {
		all[i] = i
	}
	return all
}
