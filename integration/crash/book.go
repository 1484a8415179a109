package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

// absent is the content of a key that was removed.
const absent = ""

// book is what clients were told, kept outside of every peer.
type book struct {
	mu       sync.Mutex
	keys     map[string]*entry
	names    []string // of keys, in the order of their first write
	written  int      // acknowledged writes of documents
	removed  int      // acknowledged removals
	sum      int      // acknowledged increments of the counter
	unsure   int      // increments that got no answer: they may have happened
	violated []string
}

// entry is what a key may hold: one content, or several after requests that
// got no answer.
type entry struct {
	may  []string
	peer string // that was written to last; "" once every peer has it
	busy bool   // a client is writing it
}

func newBook() *book { return &book{keys: map[string]*entry{}} }

// violate notes what must never happen.
func (b *book) violate(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.violated = append(b.violated, fmt.Sprintf(format, args...))
}

// violations is how many there are.
func (b *book) violations() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.violated)
}

// begin says that a client writes a new key.
func (b *book) begin(key, peer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keys[key] = &entry{may: []string{absent}, peer: peer, busy: true}
	b.names = append(b.names, key)
}

// take gives a client a key that its peer is sure to know, with its present
// content: one that was last written there, or that every peer has.
func (b *book) take(r *rand.Rand, peer, prefix string) (key string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range min(8, len(b.names)) {
		key := b.names[r.IntN(len(b.names))]
		e := b.keys[key]
		if !e.busy && len(e.may) == 1 && (e.peer == "" || e.peer == peer) && strings.HasPrefix(key, prefix) {
			e.busy, e.peer = true, peer
			return key, true
		}
	}
	return "", false
}

// end notes how a write of a key went: it is what the key holds, or, without
// an answer, what it may hold.
func (b *book) end(key, content string, sure bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.keys[key]
	e.busy = false
	switch {
	case !sure:
		e.may = append(e.may, content)
		return
	case content == absent:
		b.removed++
	default:
		b.written++
	}
	e.may = []string{content}
}

// hold says that a peer has on its disk what every key holds now.
func (b *book) hold(peer string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.keys {
		e.peer = peer
	}
}

// counted notes how an increment went.
func (b *book) counted(sure bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if sure {
		b.sum++
	} else {
		b.unsure++
	}
}

// compare compares what a peer holds with what it has acknowledged itself; with
// all, with everything, and then what it holds is what the keys hold.
func (b *book) compare(peer string, have map[string]string, all bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range b.names {
		e := b.keys[key]
		if !all && e.peer != peer {
			continue
		}
		got := have[key]
		may := e.may
		if all { // from here on it holds what it shows: a loss counts once
			e.may, e.peer = []string{got}, ""
		}
		if slices.Contains(may, got) {
			continue
		}
		what := "another content than was written"
		switch {
		case got == absent:
			what = "an acknowledged write is lost"
		case slices.Equal(may, []string{absent}):
			what = "a removed document is back"
		}
		b.violated = append(b.violated, fmt.Sprintf("%s: %s: %s: %s, may be %s", peer, key, what, shorten(got), shorten(strings.Join(may, " or "))))
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if b.keys[key] == nil && key != counterKey {
			b.violated = append(b.violated, fmt.Sprintf("%s: %s: nobody has written it", peer, key))
		}
	}
}

// shorten leaves out what documents are filled with.
func shorten(content string) string {
	return strings.ReplaceAll(content, "xxxxxxxx", "")
}

// compareCounter: every acknowledged increment counts once, and nothing counts
// that nobody asked for.
func (b *book) compareCounter(peer string, got int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if got < b.sum || got > b.sum+b.unsure {
		b.violated = append(b.violated, fmt.Sprintf("%s: the counter is %d: %d increments were acknowledged, %d got no answer", peer, got, b.sum, b.unsure))
	}
}
