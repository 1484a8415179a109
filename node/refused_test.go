package node_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/crdt/text"
	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
)

// TestTextsThatNobodyTyped: a member sends documents whose texts no edits can
// have made. Each is refused by name; everything else that it sends is taken,
// the session stays up, and the others of the mesh do not notice.
func TestTextsThatNobodyTyped(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		nodes := w.mesh("a", "b")
		defer w.close(nodes...)
		a, b := nodes[0], nodes[1]
		put(t, a, "c/own", `{"n":1}`)
		l := newLiar()
		agent := text.Agent(l.id[:])
		for i := range 50 {
			l.put(t, fmt.Sprintf("good-%02d", i), "hello", nil)
		}
		l.put(t, "overlap", "first", nil)
		first := l.counter - 4
		leave := l.meet(t, w, a)
		defer leave()
		awaitKey(t, a, "c/overlap")

		// Concurrently, a history in which the same events have another content.
		_, err := a.Collection("c").EditText(t.Context(), "overlap", "/t", func(e *node.TextEdit) error { return e.Insert(5, "!") }, node.PutOptions{})
		ok(t, err)
		l.put(t, "overlap", "hello", func(at uint64, body []byte) ([]byte, []byte) {
			var d text.Delta
			ok(t, d.Insert(text.ID{Agent: agent, Seq: first}, nil, 0, "other"))
			ok(t, d.Insert(text.ID{Agent: agent, Seq: at}, text.Version{{Agent: agent, Seq: first + 4}}, 5, "hello"))
			return l.swap(t, body, at, "hello", "otherhello", d.Append(nil)), nil
		})
		bad := map[string]func(at uint64) (content any, graph []byte){
			"unknown-parent": func(at uint64) (any, []byte) {
				var d text.Delta
				ok(t, d.Insert(text.ID{Agent: agent, Seq: at}, text.Version{{Agent: agent, Seq: 1}}, 0, "hello"))
				return "hello", d.Append(nil)
			},
			"cycle": func(at uint64) (any, []byte) {
				var d text.Delta // the first events build on the last
				ok(t, d.Insert(text.ID{Agent: agent, Seq: at}, text.Version{{Agent: agent, Seq: at + 4}}, 0, "hel"))
				if err := d.Insert(text.ID{Agent: agent, Seq: at + 3}, text.Version{{Agent: agent, Seq: at + 2}}, 3, "lo"); err != nil {
					t.Log("a cycle cannot be written:", err)
				}
				return "hello", d.Append(nil)
			},
			"out-of-range": func(at uint64) (any, []byte) {
				var d text.Delta
				ok(t, d.Insert(text.ID{Agent: agent, Seq: at}, nil, 1000, "hello"))
				return "hello", d.Append(nil)
			},
			"other-content": func(at uint64) (any, []byte) { return "jello", l.graph(t, at, "hello") },
			"other-heads":   func(at uint64) (any, []byte) { return "hell", l.graph(t, at, "hell") },
			"beyond":        func(at uint64) (any, []byte) { return "hello", l.graph(t, at+1_000_000, "hello") },
			"no-history":    func(at uint64) (any, []byte) { return "hello", []byte{0xff, 0xff, 0xff} },
		}
		for name, make := range bad {
			l.put(t, name, "hello", func(at uint64, body []byte) ([]byte, []byte) {
				content, graph := make(at)
				return l.swap(t, body, at, "hello", content, graph), nil
			})
		}
		// Reduced, it builds on what is not there; then it comes whole, and does too.
		l.put(t, "reduced", "hello", func(at uint64, body []byte) ([]byte, []byte) {
			_, graph := bad["unknown-parent"](at)
			return l.swap(t, body, at, "hello", "hello", graph), l.swap(t, body, at, "hello", nil, graph)
		})
		for i := range 50 {
			l.put(t, fmt.Sprintf("more-%02d", i), "hello", nil)
		}
		l.changed <- struct{}{}
		for i := range 50 {
			awaitKey(t, a, fmt.Sprintf("c/more-%02d", i))
		}
		time.Sleep(10 * time.Second)
		refused := map[string]string{}
		st := status(t, a, "liar")
		for _, r := range st.Refused {
			t.Logf("%s/%s: %s", r.Collection, r.Key, r.Reason)
			if refused[r.Key] = r.Reason; r.ByPeer || r.Reason == "" || strings.ContainsFunc(r.Reason, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("%+v", r)
			}
		}
		if len(refused) != len(bad)+2 || refused["overlap"] == "" || refused["reduced"] == "" {
			t.Errorf("refused: %q", refused)
		}
		for name := range bad {
			if refused[name] == "" {
				t.Errorf("%s is not refused: %s", name, show(t, a, "c/"+name))
			}
		}
		if want := fmt.Sprintf("refused: %d documents: c/", len(refused)); st.State != node.Syncing || !strings.HasPrefix(st.Why, want) {
			t.Errorf("%s, %q", st.State, st.Why)
		}
		if st.Behind == nil || st.Behind.N != len(refused) {
			t.Errorf("behind: %v", st.Behind)
		}
		if got := show(t, a, "c/overlap"); got != `{"t":"first!"}` {
			t.Errorf("c/overlap: %s", got)
		}
		if l.wanted != 1 {
			t.Errorf("%d times something was asked for whole", l.wanted)
		}
		quiet := sent(t, a)
		time.Sleep(5 * time.Second)
		if n := sent(t, a) - quiet; n > 200 {
			t.Errorf("%d bytes in five quiet seconds", n)
		}
		ctx := t.Context()
		if err := b.WaitConverged(ctx, node.WaitOptions{Peers: []string{a.PeerID()}}); err != nil {
			t.Error(err)
		}
		roots(t, a, b)

		// What the liar makes good is taken.
		for name := range refused {
			l.put(t, name, "good now", nil)
		}
		l.changed <- struct{}{}
		for range 100 {
			if st = status(t, a, "liar"); len(st.Refused) == 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if len(st.Refused) > 0 || show(t, a, "c/beyond") != `{"t":"good now"}` {
			t.Errorf("%+v; c/beyond is %s", st.Refused, show(t, a, "c/beyond"))
		}
	})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// awaitKey waits until a document is there: up to two minutes, since with few
// sessions the graph can come apart until somebody visits a peer of the other part.
func awaitKey(t *testing.T, n *node.Node, address string) {
	t.Helper()
	for range 12_000 {
		if strings.HasPrefix(show(t, n, address), "{") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	for p := range n.Peers(t.Context()) {
		t.Logf("%s: %+v", n.Name(), p)
	}
	t.Fatalf("%s does not come to %s", address, n.Name())
}
