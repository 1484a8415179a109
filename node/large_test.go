package node_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// large is a document of nearly crdt.MaxDocument bytes in one field.
func large(field string, seed uint64) string {
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for b.Len() < crdt.MaxDocument-200 {
		b.WriteByte(byte('a' + random.IntN(26)))
	}
	return `{"` + field + `":"` + b.String() + `"}`
}

// TestLargeDocumentsMeet: what two nodes write while apart, each up to the
// limit, merges, and travels on to a third. A third large one makes a document
// that nobody keeps: it is refused by name, and all else is exchanged.
func TestLargeDocumentsMeet(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b, c := w.open("a", node.Options{}), w.open("b", node.Options{}), w.open("c", node.Options{})
		defer w.close(a, b, c)
		put(t, a, "c/k", large("a", 1))
		put(t, b, "c/k", large("b", 2))
		w.join(a, b)
		w.converge(a, b)
		w.join(a, c)
		w.converge(a, b, c)
		roots(t, a, b, c)
		for _, n := range []*node.Node{a, b, c} {
			d, err := n.Collection("c").Get(t.Context(), "k")
			if err != nil || len(d.Canonical()) < 2*crdt.MaxDocument-1000 {
				t.Fatalf("get: %v", err)
			}
		}
		d := w.open("d", node.Options{})
		defer w.close(d)
		put(t, d, "c/k", large("d", 3))
		put(t, d, "c/small", `{"n":1}`)
		w.join(a, d)
		time.Sleep(10 * time.Second)
		for _, why := range []node.PeerStatus{status(t, d, a.PeerID()), status(t, a, d.PeerID())} {
			if want := "refused: 1 document: c/k: too large"; why.State != node.Syncing || !strings.HasPrefix(why.Why, want) {
				t.Errorf("%s, %q, want %q", why.State, why.Why, want)
			}
		}
		report, err := d.Sync(t.Context(), a.PeerID())
		if err != nil || len(report.Peers) != 1 || report.Peers[0].Converged || !strings.HasPrefix(report.Peers[0].Why, "refused: ") {
			t.Errorf("sync: %+v, %v", report, err)
		}
		if got := show(t, a, "c/small"); got != `{"n":1}` {
			t.Errorf("what comes with it: %s", got)
		}
	})
}
