package integration

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// writerCount is how many clients write to each peer at once.
const writerCount = 4

// TestKillDuringWrites kills a peer with SIGKILL while clients write to it,
// again and again, and checks after every restart that what was acknowledged
// is there. -kills says how often.
func TestKillDuringWrites(t *testing.T) {
	t.Parallel()
	m := mesh(t, "a", "b")
	acks := []*acknowledged{{keys: map[string]string{}}, {keys: map[string]string{}}}
	m[0].ctl("put", "w/counter", `{"n":{"$counter":0}}`)
	converged(t, "w", m...)
	for round := range *kills {
		i := round % 2
		killWhileWriting(t, m[i], acks[i], fmt.Sprintf("%s-%d", m[i].name, round))
		m[i].restart()
		m[i].holds(acks[i])
		if t.Failed() {
			t.Fatalf("after kill %d", round+1)
		}
	}
	converged(t, "w", m...)
	for _, p := range m {
		p.holds(acks[0])
		p.holds(acks[1])
		checkCounter(t, p, acks)
	}
	t.Logf("%d kills, %d acknowledged documents, %d acknowledged increments",
		*kills, len(acks[0].keys)+len(acks[1].keys), acks[0].increments+acks[1].increments)
}

// TestKillRelaxed: a peer that acknowledges before the disk may lose what it
// acknowledged, but continues as a new replica, so no dot is used twice and the
// peers still agree.
func TestKillRelaxed(t *testing.T) {
	t.Parallel()
	a := startPeer(t, "a", "--durability", "relaxed")
	b := startPeer(t, "b", "--join", a.invite())
	a.ctl("put", "w/counter", `{"n":{"$counter":0}}`)
	converged(t, "w", a, b)
	acks := &acknowledged{keys: map[string]string{}}
	replicas := map[string]bool{}
	for round := range 3 {
		s, err := a.status()
		must(t, err)
		if replicas[s.Replica] {
			t.Errorf("replica %s goes on after it was killed", s.Replica)
		}
		replicas[s.Replica] = true
		killWhileWriting(t, a, acks, fmt.Sprint(round))
		a.start("--durability", "relaxed")
	}
	converged(t, "w", a, b)
	var doc struct{ N int }
	must(t, a.getJSON(docPath("w", "counter"), &doc))
	if most := acks.increments + acks.unsure; doc.N > most {
		t.Errorf("counter is %d, but only %d increments were asked for", doc.N, most)
	}
	for key, got := range b.export("w") {
		if want, ok := acks.keys[key]; ok && diffJSON(got, want) != "" {
			t.Errorf("b has another %s than was written: %s", key, diffJSON(got, want))
		}
	}
}

// acknowledged is what clients of one peer were told is on disk.
type acknowledged struct {
	mu         sync.Mutex
	keys       map[string]string // key → document
	increments int               // of the shared counter
	unsure     int               // increments that got no answer: they may have happened
}

// killWhileWriting lets clients write until a random number of writes has been
// answered, and kills the peer while all of them go on.
func killWhileWriting(t *testing.T, p *peer, a *acknowledged, prefix string) {
	t.Helper()
	enough, gone := make(chan struct{}), make(chan struct{})
	var left atomic.Int64
	left.Store(20 + rand.Int64N(150))
	var writers sync.WaitGroup
	for w := range writerCount {
		writers.Go(func() {
			for n := 0; a.write(p, fmt.Sprintf("%s/%d/%d", prefix, w, n)); n++ {
				if left.Add(-1) == 0 {
					close(enough)
				}
			}
		})
	}
	go func() { writers.Wait(); close(gone) }()
	select {
	case <-enough:
	case <-gone:
		t.Fatalf("%s stopped answering before it was killed\n%s", p.name, p.log.tail())
	}
	p.kill()
	p.checkLog()
	<-gone
}

// write puts a document and increments the counter, and notes what was
// acknowledged; false when the peer does not answer any more.
func (a *acknowledged) write(p *peer, key string) bool {
	doc := fmt.Sprintf(`{"key":%q,"pad":%q}`, key, strings.Repeat("x", rand.IntN(400)))
	put, err := p.try("PUT", docPath("w", key), doc)
	if err != nil {
		return false
	}
	incr, err := p.try("PATCH", docPath("w", "counter"), `[{"op":"incr","path":"/n","by":1}]`,
		"Content-Type: application/vnd.crdt.ops+json")
	a.mu.Lock()
	defer a.mu.Unlock()
	if put.status/100 == 2 {
		a.keys[key] = doc
	} else {
		p.t.Errorf("%s: PUT %s: %d %s", p.name, key, put.status, put.body)
	}
	switch {
	case err != nil:
		a.unsure++
	case incr.status/100 == 2:
		a.increments++
	default:
		p.t.Errorf("%s: incr: %d %s", p.name, incr.status, incr.body)
	}
	return err == nil
}

// holds checks that the peer has every acknowledged document as it was written.
func (p *peer) holds(a *acknowledged) {
	p.t.Helper()
	have := p.export("w")
	for key, doc := range a.keys {
		got, ok := have[key]
		if !ok {
			p.t.Errorf("%s: acknowledged %s is lost", p.name, key)
		} else if d := diffJSON(got, doc); d != "" {
			p.t.Errorf("%s: %s: %s", p.name, key, d)
		}
	}
}

// checkCounter: every acknowledged increment counts once, and nothing counts
// that nobody asked for.
func checkCounter(t *testing.T, p *peer, acks []*acknowledged) {
	t.Helper()
	var doc struct{ N int }
	if err := p.getJSON(docPath("w", "counter"), &doc); err != nil {
		t.Fatal(err)
	}
	least, unsure := acks[0].increments+acks[1].increments, acks[0].unsure+acks[1].unsure
	if doc.N < least || doc.N > least+unsure {
		t.Errorf("%s: counter is %d, want %d, or up to %d more that got no answer", p.name, doc.N, least, unsure)
	}
}
