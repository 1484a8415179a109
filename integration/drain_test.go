package integration

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/badger"
)

// drainedFlag is the size of the collection that a fresh peer takes in: so
// large that its drain is met half way. CI says 100,000.
var drainedFlag = flag.Int("drained", 20000, "how many documents TestKillDuringDrain drains")

// TestKillDuringDrain kills the receiver of a long drain twice and its sender
// once, and lets a third peer take over. Each time the drain resumes where the
// commit stopped: whatever the receiver takes in is new to it. In the end what
// it knows is in one piece, and meeting the others again costs one round trip.
func TestKillDuringDrain(t *testing.T) {
	t.Parallel()
	drained, batch := *drainedFlag, *drainedFlag
	a := startPeer(t, "a")
	importInto(a, "d", "/id", large(0, drained))
	c := startPeer(t, "c", "--join", a.invite())
	converged(t, "d", a, c)
	c.stop()

	b := startPeer(t, "b", "--join", a.invite())
	committed := 0 // by b, when its present life began
	// more lets a and c have more than b, for which a drain was over before it could be met.
	more := func() {
		b.kill()
		importInto(a, "d", "/id", large(drained, drained+batch))
		committed, drained = drained, drained+batch
		c.restart()
		converged(t, "d", a, c)
		c.stop()
		b.restart()
	}
	for kill := 1; kill <= 2; {
		received := b.takesIn(batch / 10)
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
		if committed = now; now == drained {
			more()
			continue
		}
		kill++
	}

	for left := 0; left == 0; {
		b.takesIn(batch / 10)
		a.kill()
		eventually(t, func() error {
			s, err := b.status()
			if err == nil && s.of(a).State != "offline" {
				err = fmt.Errorf("b sees a: %+v", s.of(a))
			}
			return err
		})
		left = drained - b.settles("d") // frames that had arrived are still being committed
		t.Logf("kill of the sender: %d documents left for the third peer", left)
		if left == 0 {
			a.restart()
			more()
		}
	}
	c.start("--join", b.invite())
	converged(t, "d", b, c)
	eventually(t, func() error { // what is read may not be synced yet, and is counted behind that
		if received := b.metric(metricReceived); received < drained-committed {
			return fmt.Errorf("b took in %d documents from two senders, %d were missing", received, drained-committed)
		}
		return nil
	})
	if received := b.metric(metricReceived); received > drained-committed {
		t.Errorf("b took in %d documents from two senders, %d were missing", received, drained-committed)
	}
	a.restart()
	converged(t, "d", a, b, c)

	b.stop()
	if n := b.ranges("d"); n != 1 {
		t.Errorf("b knows the collection in %d ranges, want 1", n)
	}
	b.restart()
	b.says(a, "in-sync", "")
	b.says(c, "in-sync", "")
	messages, bytes := b.metric("crdtstore_sync_received_messages_total"), b.metric("crdtstore_sync_received_bytes_total")
	t.Logf("two sessions later: %d messages of %d bytes came, of %d documents", messages, bytes, b.metric(metricReceived))
	if bytes > 2*mostToAgree || b.metric(metricReceived) > 0 {
		t.Errorf("two peers that hold the same have sent %d bytes and %d documents, want at most %d bytes of each",
			bytes, b.metric(metricReceived), mostToAgree)
	}
}

// large are documents of about 700 bytes whose keys are spread over the key
// space: together more than may be on its way to a peer, or waiting there for
// its disk, when the other end is killed.
func large(from, to int) map[string]string {
	docs := make(map[string]string, to-from)
	for i := from; i < to; i++ {
		key := fmt.Sprintf("%08x", uint32(i)*2654435761)
		docs[key] = fmt.Sprintf(`{"id":%q,"n":%d,"text":%q}`, key, i, strings.Repeat(key, 80))
	}
	return docs
}

// mostToAgree is how many bytes a peer sends that says hello, what it knows in
// a hash, and the root; frames and vectors would not fit in.
const mostToAgree = 400

// ranges is the number of key ranges of which a peer that is not running knows
// different things.
func (p *peer) ranges(collection string) int {
	p.t.Helper()
	line, err := os.ReadFile(filepath.Join(p.dir, "device.key"))
	must(p.t, err)
	seed, err := hex.DecodeString(strings.TrimSpace(string(line)))
	must(p.t, err)
	store, err := badger.Open(filepath.Join(p.dir, "store"), badger.Options{})
	must(p.t, err)
	docs, err := storage.OpenDocuments(store, storage.Options{Device: ed25519.NewKeyFromSeed(seed)})
	must(p.t, err)
	view, err := docs.View(collection)
	must(p.t, err)
	defer func() { must(p.t, errors.Join(view.Close(), docs.Close(), store.Close())) }()
	return len(view.Knowledge().Ranges())
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
