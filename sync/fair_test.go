package antientropy

import (
	"fmt"
	"testing"
	"time"
)

// frames lists the collections of the frames that a side has heard, in order.
func (s *side) frames(t *testing.T) (of []string) {
	t.Helper()
	for _, b := range s.heard {
		if kind(b[0]) != kindFrame {
			continue
		}
		var m frame
		if err := fromCBOR.Unmarshal(b[1+numberSize:], &m); err != nil {
			t.Fatal(err)
		}
		of = append(of, m.Collection)
	}
	return of
}

func indexOf(of []string, name string) int {
	for i, n := range of {
		if n == name {
			return i
		}
	}
	return len(of)
}

// A small collection does not wait for a large one that was opened before it:
// its documents follow what was on its way when it was opened, which is at most
// a window of 8 frames here, and so does what is written to it later.
func TestSmallCollectionDoesNotWait(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	for i := range 10000 {
		a.collection("a-large").put(200, fmt.Sprintf("p%06d", i))
	}
	for i := range 10 {
		a.collection("small").put(200, fmt.Sprint("s", i))
	}
	p := newPair(t, a, b, func(_ int, c *Config) {
		c.Limits.Frame, c.Limits.Whole, c.Limits.Window = 16<<10, 16<<10, 128<<10
	})
	p.mute = true
	p.start()
	for indexOf(p.sides[1].frames(t), "small") == len(p.sides[1].frames(t)) {
		p.deliver(0)
		p.deliver(1)
		p.commit(1)
	}
	if at := indexOf(p.sides[1].frames(t), "small"); at > 8 {
		t.Errorf("the small collection is in frame %d", at)
	}
	for b.collection("small").know.Max().Len() == 0 || len(p.sides[1].frames(t)) < 40 {
		p.deliver(0)
		p.deliver(1)
		p.commit(1)
	}
	before := len(p.sides[1].frames(t))
	a.collection("small").put(10, "later")
	p.changed(0, "small")
	for {
		p.deliver(0)
		p.deliver(1)
		p.commit(1)
		if since := p.sides[1].frames(t)[before:]; indexOf(since, "small") < len(since) {
			if n := indexOf(since, "small"); n > 12 {
				t.Errorf("%d frames of the large collection came first", n)
			}
			break
		}
	}
	p.settle().same("a-large")
	p.same("small")
}

// A peer that was away for an hour, in which something was written each
// second, gets it all in one frame; one that was connected and did nothing
// for an hour gets a few frames, and then the rest at once.
func TestAsleepForAnHour(t *testing.T) {
	a, b := newFake("A"), newFake("B")
	write := func(n int, each func()) {
		for i := range n {
			a.collection("people").put(50, fmt.Sprint("k", i%1000))
			each()
		}
	}
	write(10, func() {})
	copyTo(a, b, "people")
	write(3600, func() {})
	p := newPair(t, a, b)
	p.mute = true
	p.start().settle().same("people")
	if n := len(p.sides[1].frames(t)); n > 4 {
		t.Errorf("away: %d frames", n)
	}
	p.sides[1].slow = true
	before := len(p.sides[1].frames(t))
	write(3600, func() { p.changed(0, "people").settle() })
	p.sides[1].slow = false
	p.settle().same("people")
	n := len(p.sides[1].frames(t)) - before
	if n > maxLive+2 {
		t.Errorf("idle: %d frames", n)
	}
	docs := p.sides[1].session.Counters().Received.Documents
	t.Logf("idle: %d frames, %d documents in all", n, docs)
}

// Bursts become few frames: while one is on its way, what is written meanwhile
// waits for company.
func TestBurstsCoalesce(t *testing.T) {
	m := newMeshed(t, 3, 9)
	m.connectAll(2)
	m.write(0, "people", 10, "first")
	m.run(time.Second)
	before, _ := m.sum(kindFrame)
	for i := range 1000 {
		m.write(0, "people", 50, fmt.Sprint("k", i%500))
		m.run(100 * time.Microsecond)
	}
	m.until("people", time.Second)
	frames, _ := m.sum(kindFrame)
	if n := frames - before; n > 250 {
		t.Errorf("%d frames for a burst of 1,000", n)
	} else {
		t.Logf("%d frames for a burst of 1,000 in 100 ms", n)
	}
}
