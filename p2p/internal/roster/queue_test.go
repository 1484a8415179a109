package roster

import (
	"fmt"
	"slices"
	"testing"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/p2p"
)

// TestOldNews: an event that is being offered to a reader who does not come is
// still replaced, or taken back, by what follows.
func TestOldNews(t *testing.T) {
	for _, c := range []struct {
		pushed []p2p.Kind
		read   []p2p.Kind
	}{
		{[]p2p.Kind{p2p.Up, p2p.Down}, nil},
		{[]p2p.Kind{p2p.Up, p2p.Down, p2p.Up}, []p2p.Kind{p2p.Up}},
		{[]p2p.Kind{p2p.Down, p2p.Up, p2p.Down}, []p2p.Kind{p2p.Down}},
		{[]p2p.Kind{p2p.Heard, p2p.Heard}, []p2p.Kind{p2p.Heard}},
		{[]p2p.Kind{p2p.Refused, p2p.Up, p2p.Refused}, []p2p.Kind{p2p.Up, p2p.Refused}},
	} {
		t.Run(fmt.Sprint(c.pushed), func(t *testing.T) {
			bubble.Test(t, func(t *testing.T) {
				q := NewQueue()
				for i, k := range c.pushed {
					q.Push(p2p.Event{Kind: k, Peer: "p", Reason: fmt.Sprint(i)})
					bubble.Wait() // the oldest is on offer
				}
				var read []p2p.Kind
				for done := false; !done; {
					select {
					case e := <-q.Events():
						read = append(read, e.Kind)
						bubble.Wait()
					default:
						done = true
					}
				}
				if !slices.Equal(read, c.read) {
					t.Errorf("read %v, want %v", read, c.read)
				}
				q.Close()
			})
		})
	}
}
