package antientropy

import (
	"fmt"
	"testing"
	"time"
)

// flow is what one change costs a mesh.
type flow struct {
	frames  float64 // sent, in all
	perLink float64 // crossings of each link
	bytes   float64 // sent by each replica, whatever for
	worst   time.Duration
}

// measure lets the links of m settle, and then sends changes through it, a
// while apart, each written at some replica.
func (m *meshed) measure(changes int, apart time.Duration) (f flow) {
	n := len(m.nodes)
	for i := range n {
		m.write(i, "people", 200, fmt.Sprint("first", i))
		m.run(100 * time.Millisecond)
	}
	for i := range 2 * n {
		m.write(m.rng.IntN(n), "people", 200, fmt.Sprint("warm", i))
		m.run(apart)
	}
	m.until("people", time.Minute)
	frames, bytes := m.sum(kindFrame)
	for i := range changes {
		begin := m.now
		m.write(m.rng.IntN(n), "people", 200, fmt.Sprint("k", i))
		if apart >= 20*time.Millisecond {
			f.worst = max(f.worst, m.until("people", time.Minute))
		}
		m.run(begin.Add(apart).Sub(m.now))
	}
	m.until("people", time.Minute)
	m.run(time.Second)
	allFrames, allBytes := m.sum(kindFrame)
	f.frames = float64(allFrames-frames) / float64(changes)
	f.perLink = f.frames / float64(m.links())
	f.bytes = float64(allBytes-bytes) / float64(changes*n)
	return f
}

// TestNoFlooding counts the frames that a change costs. In a mesh in which
// everybody is connected with everybody the one who writes sends it to each
// of the others, and that is all; in a sparse one a change crosses less than
// half of the links. Without lazy links these are 4.0, 59.4 and 110 frames.
func TestNoFlooding(t *testing.T) {
	for _, mesh := range []struct {
		replicas, sessions int
		apart              time.Duration
		frames             float64
	}{
		{3, 2, 50 * time.Millisecond, 2.1},
		{3, 2, 2 * time.Millisecond, 2.1},
		{9, 8, 50 * time.Millisecond, 8.4},
		{9, 8, 2 * time.Millisecond, 9},
		{20, 8, 50 * time.Millisecond, 40},
		{20, 8, 2 * time.Millisecond, 40},
	} {
		t.Run(fmt.Sprintf("%d replicas, %d sessions, a change each %v", mesh.replicas, mesh.sessions, mesh.apart), func(t *testing.T) {
			m := newMeshed(t, mesh.replicas, 7)
			m.connectRandom(mesh.sessions)
			f := m.measure(30, mesh.apart)
			t.Logf("a change: %.1f frames, %.2f over each link, %.0f bytes sent by each replica, everywhere after at most %v", f.frames, f.perLink, f.bytes, f.worst)
			if f.frames > mesh.frames || f.perLink > 1 {
				t.Errorf("%.1f frames a change, want %.1f", f.frames, mesh.frames)
			}
		})
	}
}

// When replicas go, what came by way of them is asked for where it was
// announced, and everybody has it.
func TestLazyLinksWake(t *testing.T) {
	m := newMeshed(t, 12, 3)
	m.connectRandom(4)
	m.measure(10, 50*time.Millisecond)
	for _, gone := range []int{11, 4} {
		m.cut(gone)
		m.nodes = append(m.nodes[:gone], m.nodes[gone+1:]...)
		for i := range 10 {
			m.write(m.rng.IntN(len(m.nodes)), "people", 100, fmt.Sprint("after", gone, i))
			if took := m.until("people", time.Minute); took > lazyMost {
				t.Errorf("a change took %v", took)
			}
		}
	}
	m.run(time.Second) // what is on its way
	frames, _ := m.sum(kindFrame)
	m.run(10 * time.Second)
	if more, _ := m.sum(kindFrame); more != frames {
		t.Errorf("%d frames while nothing happened", more-frames)
	}
	for _, n := range m.nodes {
		for _, e := range n.ends {
			for _, st := range e.session.Status() {
				if st.Phase != PhaseConverged {
					t.Errorf("%s and %s are %s", n.name, e.peer.node.name, st.Phase)
				}
			}
		}
	}
}
