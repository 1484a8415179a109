package integration

import (
	"fmt"
	"syscall"
	"testing"
)

// drained is the size of the collection that a fresh peer takes in: so large
// that its drain is met half way.
const drained = 60000

// TestKillDuringDrain kills the receiver of a long drain twice and its sender
// once, and lets a third peer take over. Each time the drain resumes where the
// commit stopped: whatever the receiver takes in is new to it.
func TestKillDuringDrain(t *testing.T) {
	t.Parallel()
	a := startPeer(t, "a")
	importInto(a, "d", "/id", generated(drained))
	c := startPeer(t, "c", "--join", a.invite())
	converged(t, "d", a, c)
	c.stop()

	b := startPeer(t, "b", "--join", a.invite())
	committed := 0 // by b, when its present life began
	for kill := 1; kill <= 2; kill++ {
		received := b.takesIn(drained / 10)
		b.kill()
		b.checkLog()

		a.signal(syscall.SIGSTOP) // so that b shows what it had, and no more
		b.restart()
		now := b.documents("d")
		a.signal(syscall.SIGCONT)
		t.Logf("kill %d of the receiver: %d of %d documents committed, at least %d in that life", kill, now, drained, received)
		if now < committed+received {
			t.Errorf("kill %d: %d documents received over %d that were committed, but only %d are there: some came again", kill, received, committed, now)
		}
		if now == drained {
			t.Fatalf("kill %d: the drain was over before it, nothing is shown", kill)
		}
		committed = now
	}

	b.takesIn(drained / 10)
	a.kill()
	eventually(t, func() error {
		s, err := b.status()
		if err == nil && s.of(a).State != "offline" {
			err = fmt.Errorf("b sees a: %+v", s.of(a))
		}
		return err
	})
	left := drained - b.settles("d") // frames that had arrived are still being committed
	t.Logf("kill of the sender: %d documents left for the third peer", left)
	if left == 0 {
		t.Fatal("the drain was over before the sender was killed, nothing is shown")
	}
	c.start("--join", b.invite())
	converged(t, "d", b, c)
	if received := b.metric(metricReceived); received != drained-committed {
		t.Errorf("b took in %d documents from two senders, %d were missing", received, drained-committed)
	}
	a.restart()
	converged(t, "d", a, b, c)
}

// metricReceived counts the documents of frames that were committed, since the
// process began.
const metricReceived = "crdtstore_documents_received_total"

// takesIn waits until the peer has taken in so many documents from others
// since it was started, and returns how many.
func (p *peer) takesIn(least int) (received int) {
	p.t.Helper()
	eventually(p.t, func() error {
		if received = p.metric(metricReceived); received < least {
			return fmt.Errorf("%s took in %d documents, want %d", p.name, received, least)
		}
		return nil
	})
	return received
}

// settles waits until a peer without a session has committed what it had
// received: its number of documents has been the same in ten looks.
func (p *peer) settles(collection string) (documents int) {
	p.t.Helper()
	same := 0
	eventually(p.t, func() error {
		if n := p.documents(collection); n != documents {
			documents, same = n, 0
		}
		if same++; same < 10 {
			return fmt.Errorf("%s has %d documents, and counting", p.name, documents)
		}
		return nil
	})
	return documents
}

// documents is the number of documents that the peer has in a collection.
func (p *peer) documents(collection string) int {
	p.t.Helper()
	s, err := p.status()
	if err != nil {
		p.t.Fatal(err)
	}
	return s.documents(collection)
}
