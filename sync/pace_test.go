package antientropy

import (
	"encoding/base64"
	"math/rand/v2"
	"testing"
)

// TestFramesGrow: what has got through decides how large the next frames are,
// and how much may be on its way.
func TestFramesGrow(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	fill(a, "people", 8_000, 700)
	p := newPair(t, a, b)
	frames := watch(p, 1)
	p.sides[1].slow = true
	p.start().settle()
	want, window := 16<<10, 256<<10
	for seen := 0; want < 256<<10; want, window = 2*want, 2*window {
		flying := 0
		for _, f := range (*frames)[seen:] {
			size := 0
			for _, d := range f.Documents {
				size += d.size()
			}
			if flying += size; size > want {
				t.Errorf("a frame of %d bytes, at most %d have been acknowledged", size, want)
			}
		}
		if flying > window || flying < window/4 {
			t.Errorf("%d bytes were sent on, where %d may be on their way", flying, window)
		}
		seen = len(*frames)
		p.commit(1)
		p.settle()
	}
	p.sides[1].slow = false
	for p.commit(1) {
		p.settle()
	}
	p.settle().same("people")
}

// TestEveryConnectionGetsSomethingThrough: connections break when they have
// carried a fifteenth of what is to be carried, which is less than a large frame.
// Each takes the drain further.
func TestEveryConnectionGetsSomethingThrough(t *testing.T) {
	const parts = 15
	peers := func() (a, b *fake) {
		a, b = newFake("A"), newFake("B")
		random, noise := rand.NewChaCha8([32]byte{1}), make([]byte, 150) // no two compress well together
		for range 8_000 {
			random.Read(noise)
			a.collection("people").put(0, base64.URLEncoding.EncodeToString(noise))
		}
		b.collection("people")
		return a, b
	}
	a, b := peers()
	whole := newPair(t, a, b).start().settle()
	whole.same("people")
	a, b = peers()
	for connections := 1; ; connections++ {
		p := newPair(t, a, b)
		before := b.collection("people").know
		if p.start().carry(whole.bytes / parts) {
			p.same("people")
			if connections < parts || connections > 2*parts {
				t.Errorf("%d connections for %d times what one of them carries", connections, parts)
			}
			return
		}
		if b.collection("people").know.Equal(before) {
			t.Fatalf("connection %d brought nothing", connections)
		}
	}
}

// carry delivers until nothing is left, which it reports, or the next message
// would exceed a number of bytes: then the connection is gone.
func (p *pair) carry(budget int) bool {
	for idle := 0; idle < 2; {
		for i, s := range p.sides {
			if len(s.inbox) > 0 && p.bytes+len(s.inbox[0]) > budget {
				return false
			}
			delivered, committed := p.deliver(i), p.commit(i)
			if idle++; delivered || committed {
				idle = 0
			}
		}
	}
	return true
}
