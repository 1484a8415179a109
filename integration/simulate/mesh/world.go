package mesh

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
)

// epoch is when every run begins.
var epoch = time.UnixMilli(1_700_000_000_000)

// world is one run.
type world struct {
	timeline
	o      Options
	rng    *rand.Rand
	peers  []*peer
	byName map[string]*peer
	links  map[*link]bool

	cost   Cost
	probes probes

	begun  bool          // any session has
	first  time.Duration // when the first one did
	latest time.Duration // when the last frame was merged
	merged bool          // any was
	depth  int           // the most messages in a row that led to a merge

	written      int // documents that were ever made
	writes       int // acknowledged
	stops        int
	settled      time.Duration // when the last fault was over
	acknowledged map[crdt.ReplicaID]uint64
	counts       map[string]count
}

// failure is a check that did not hold.
type failure struct{ error }

func (w *world) fail(format string, args ...any) {
	panic(failure{fmt.Errorf("after %s: %w", w.now.Round(time.Microsecond), fmt.Errorf(format, args...))})
}

func (w *world) tell(format string, args ...any) {
	w.o.Tell("%12s  "+format, append([]any{w.now.Round(time.Microsecond)}, args...)...)
}

// caught makes an error of a failed check, and of a panic.
func caught(err *error) {
	switch x := recover().(type) {
	case nil:
	case failure:
		*err = x.error
	default:
		*err = fmt.Errorf("panic: %v\n%s", x, debug.Stack())
	}
}

func newWorld(o Options) *world {
	w := &world{
		o: o, rng: rand.New(rand.NewPCG(o.Seed, 0x6d657368)), byName: map[string]*peer{}, links: map[*link]bool{},
		acknowledged: map[crdt.ReplicaID]uint64{}, counts: map[string]count{},
	}
	w.probes.w = w
	for i := range o.Peers {
		p := w.newPeer(i)
		w.peers = append(w.peers, p)
		w.byName[p.name] = p
	}
	w.acquaint()
	return w
}

// draw fills b with random bytes.
func (w *world) draw(b []byte) {
	for i := range b {
		b[i] = byte(w.rng.Uint32())
	}
}

// orderedLinks lists the links, always in the same order.
func (w *world) orderedLinks() []*link {
	return slices.SortedFunc(maps.Keys(w.links), func(a, b *link) int {
		return cmp.Or(cmp.Compare(a.ends[0].peer.index, b.ends[0].peer.index), cmp.Compare(a.ends[1].peer.index, b.ends[1].peer.index), cmp.Compare(a.number, b.number))
	})
}

func sortedNames(ends map[string]*end) []string { return slices.Sorted(maps.Keys(ends)) }

// runUntil lets time pass.
func (w *world) runUntil(moment time.Duration) {
	for w.advance(moment) {
	}
}

// await lets time pass until ok, looking once in every while; it fails with
// what it was waiting for after Patience.
func (w *world) await(every time.Duration, ok func() bool, what func() string) {
	deadline := w.now + w.o.Patience
	for !ok() {
		if w.now >= deadline {
			w.fail("not %s after %s", what(), w.o.Patience)
		}
		w.runUntil(w.now + every)
	}
}

// caught notes a merge to which so many messages in a row have led.
func (w *world) caught(depth int) {
	w.latest, w.depth, w.merged = w.now, max(w.depth, depth), true
}

// agreed notes that two sides know the same after so many messages in a row;
// that says something where nothing had to be merged.
func (w *world) agreed(depth int) {
	if !w.merged {
		w.caught(depth)
		w.merged = false
	}
}
