package antientropy

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is lazy, everybody converges: links are pruned for no reason, at
// random, replicas go and come back with new sessions, pauses come and go; soon
// after that has ended everybody knows and holds the same, and says so.
func TestLazyOrNotAllConverge(t *testing.T) {
	grafts := uint64(0)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(t, "replicas")
		m := newMeshed(t, n, rapid.Uint64Range(0, 1000).Draw(t, "seed"))
		m.connectRandom(rapid.IntRange(2, 4).Draw(t, "sessions"))
		paused := map[*meshEnd]bool{}
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			at := rapid.IntRange(0, n-1).Draw(t, "at")
			node := m.nodes[at]
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2, 3, 4:
				m.write(at, "people", 20, fmt.Sprint("k", i%9))
			case 5, 6: // the next frame will be answered with a prune, whatever it brings
				for _, e := range node.ends {
					if c := e.session.collections["people"]; c != nil {
						c.lazy.credit = -1000
					}
				}
			case 7:
				if len(node.ends) > 0 {
					e := node.ends[i%len(node.ends)]
					paused[e] = !paused[e]
					e.step(Pause{paused[e]})
				}
			case 8:
				for _, e := range node.ends {
					e.step(Stop{})
					e.peer.step(Stop{})
				}
				m.forget()
				for j := range n {
					if j != at {
						m.connect(at, j)
					}
				}
			case 9:
				node.collection("people").remove(fmt.Sprint("k", i%9))
				node.changed("people")
			}
			m.run(time.Duration(rapid.IntRange(0, 400).Draw(t, "ms")) * time.Millisecond)
		}
		for _, node := range m.nodes {
			for _, e := range node.ends {
				e.step(Pause{})
			}
		}
		m.until("people", 10*time.Second)
		m.run(8 * time.Second)
		for _, node := range m.nodes {
			for _, e := range node.ends {
				grafts += e.session.Counters().Grafts
				for _, st := range e.session.Status() {
					if st.Phase != PhaseConverged || st.Ahead != 0 || st.Behind != 0 {
						t.Fatalf("%s towards %s: %+v", node.name, e.peer.node.name, st)
					}
				}
			}
		}
	})
	if grafts == 0 {
		t.Error("no link was ever grafted")
	}
}

// forget drops the sessions that are over.
func (m *meshed) forget() {
	for _, n := range m.nodes {
		var up []*meshEnd
		for _, e := range n.ends {
			if !e.down {
				up = append(up, e)
			}
		}
		n.ends = up
	}
}
