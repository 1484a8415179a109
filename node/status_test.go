package node_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crdtstore/crdtstore/internal/bubble"
	"github.com/crdtstore/crdtstore/node"
	"github.com/crdtstore/crdtstore/p2p"
)

func TestPause(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a, b := n[0], n[1]
		defer w.close(a, b)
		put(t, a, "c/0", `0`)
		w.converge(a, b)
		if err := a.Pause(t.Context(), "b"); err != nil {
			t.Fatal(err)
		}
		bubble.Wait() // b knows
		for i := range 7 {
			put(t, a, fmt.Sprintf("c/a%d", i), `1`)
		}
		for i := range 5 {
			put(t, b, fmt.Sprintf("c/b%d", i), `1`)
		}
		if x, y := status(t, a, "b").Ahead, status(t, b, "a").Ahead; x.N != 7 || y.N != 5 {
			t.Errorf("asked at once: %v and %v ahead", x, y)
		}
		time.Sleep(10 * time.Second)
		check := func(s node.PeerStatus, why string, ahead, behind int) {
			t.Helper()
			if s.State != node.Paused || s.Why != why || s.Ahead == nil || s.Behind == nil || s.Ahead.N != ahead || s.Behind.N != behind {
				t.Errorf("%s is %s (%s), ahead %v, behind %v", s.Name, s.State, s.Why, s.Ahead, s.Behind)
			}
		}
		check(status(t, a, "b"), node.WhyPausedHere, 7, 5)
		check(status(t, b, "a"), node.WhyPausedByPeer, 5, 7)
		want(t, b, "c/a0", "not found")
		report, err := b.Sync(t.Context())
		if err != nil || report.Peers[0].Converged || report.Peers[0].Why != node.WhyPausedByPeer {
			t.Errorf("sync: %+v, %v", report, err)
		}
		if err := a.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.converge(a, b)
		if s := status(t, a, "b"); s.State != node.InSync || s.Why != "" || s.Ahead.N != 0 || s.Behind.N != 0 || s.LastConverged == nil {
			t.Errorf("after resume: %+v", s)
		}
		if err := a.Pause(t.Context(), "nobody"); !errors.Is(err, node.ErrUnknownPeer) {
			t.Errorf("pause nobody: %v", err)
		}
	})
}

// A peer that went before roots were ever compared is counted by what it had
// shown and acknowledged until then.
func TestAheadOfAPeerThatWentMidway(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a := n[0]
		defer w.close(n...)
		for i := range 3 {
			put(t, a, fmt.Sprintf("c/early%d", i), `0`)
		}
		time.Sleep(20 * time.Millisecond) // pushed and acknowledged; no tick has verified anything
		if err := a.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			put(t, a, fmt.Sprintf("c/late%d", i), `1`)
		}
		w.Partition([]string{"a"}, []string{"b"})
		time.Sleep(time.Second)
		if s := status(t, a, "b"); s.State != node.Offline || s.Ahead == nil || s.Ahead.N != 4 || s.Behind != nil {
			t.Errorf("it lacks 4 documents: %+v, ahead %v", s, s.Ahead)
		}
	})
}

func TestWhyNotInSync(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		n := w.mesh("a", "b")
		a := n[0]
		defer w.close(n...)
		put(t, a, "c/0", `0`)
		w.converge(n...)
		w.Partition([]string{"a"}, []string{"b"})
		time.Sleep(time.Second)
		put(t, a, "c/1", `1`)
		s := status(t, a, "b")
		if s.State != node.Offline || s.Why != node.WhyDown || s.Behind != nil || s.Ahead == nil || s.Ahead.N != 1 || s.RTT != nil {
			t.Errorf("cut off: %+v", s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := a.WaitConverged(ctx, node.WaitOptions{})
		if !errors.Is(err, node.ErrNotConverged) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "b (b) is offline: peer down") {
			t.Errorf("wait: %v", err)
		}
		w.Heal()
		w.converge(n...)

		stranger := w.open("stranger", node.Options{}) // founds its own mesh
		defer w.close(stranger)
		invite, err := a.Invite(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i, err := p2p.ParseInvite(invite)
		if err != nil {
			t.Fatal(err)
		}
		i.Secret[0]++
		if err := stranger.Join(t.Context(), i.String()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		for _, s := range []node.PeerStatus{status(t, stranger, "a"), status(t, a, "stranger")} {
			if s.State != node.Refused || s.Why != node.WhyWrongSecret {
				t.Errorf("stranger: %+v", s)
			}
		}
	})
}

func TestEvents(t *testing.T) {
	bubble.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var mu sync.Mutex
		var story []string
		tell := func(format string, args ...any) {
			mu.Lock()
			defer mu.Unlock()
			story = append(story, fmt.Sprintf(format, args...))
		}
		a := w.open("a", node.Options{Events: node.Events{
			PeerUp:    func(e node.PeerEvent) { tell("up %s", e.Name) },
			PeerDown:  func(e node.PeerEvent) { tell("down %s: %s", e.Name, e.Reason) },
			Converged: func(e node.ConvergedEvent) { tell("converged %s with %s", e.Collection, e.Peer) },
			Incident:  func(e node.IncidentEvent) { tell("incident %+v", e) },
		}})
		b := w.open("b", node.Options{})
		put(t, b, "c/k", `1`)
		w.join(a, b)
		w.converge(a, b)
		w.close(b)
		time.Sleep(time.Second)
		w.close(a)
		got := strings.Join(story, "\n")
		if !strings.HasPrefix(got, "up b\nconverged c with b") || !strings.HasSuffix(got, "down b: stopped") {
			t.Errorf("the story is\n%s", got)
		}
	})
}
