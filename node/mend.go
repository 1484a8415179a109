package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	recently "github.com/hashicorp/golang-lru/v2"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// A document that two peers hold differently, though both have seen the same of
// it and neither is damaged, is made one by a write (Law I): the peer with the
// smaller PeerID asks for the other's content and writes the union, in which everything
// keeps its dots, with a mark of what it has united. What a third peer holds that
// was not among it is kept when the mark gets there (see vouch). A peer that goes on answering something else is asked less and less.

const (
	// mendPause is how long a document is not repaired again with the same peer;
	// each time it is needed that doubles, up to mendLongest.
	mendPause   = time.Minute
	mendLongest = 24 * time.Hour
	// mendHourly is how many documents are repaired with one peer in an hour.
	mendHourly = 10_000
	// mendRemembered is how many documents are remembered to have been repaired.
	mendRemembered = 1 << 14
	// askShare is which part of a core goes into looking whether what a peer asks
	// for is sound: one in so many.
	askShare = 10
)

// mended is a document that was repaired with a peer.
type mended struct{ peer, collection, key string }

// mendings is what was repaired, and with whom, since the node was opened.
type mendings struct {
	mu    sync.Mutex
	last  *recently.Cache[mended, mendedLast]
	hours map[string]mendedHour // by peer
}

type mendedLast struct {
	times int
	next  time.Time // not before
	told  bool
}

type mendedHour struct {
	began time.Time
	times int
}

// may reports whether a document may be repaired now, and counts that it is. news is
// set if it may not, and that was not said yet.
func (m *mendings) may(d mended, now time.Time) (ok, news bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		m.last, _ = recently.New[mended, mendedLast](mendRemembered) // fails for no size but 0
		m.hours = map[string]mendedHour{}
	}
	hour := m.hours[d.peer]
	if now.Sub(hour.began) >= time.Hour || now.Before(hour.began) {
		hour = mendedHour{began: now}
	}
	last, _ := m.last.Get(d)
	if now.Before(last.next) || hour.times >= mendHourly {
		news = !last.told
		last.told = true
		m.last.Add(d, last)
		return false, news
	}
	last.next = now.Add(min(mendPause<<min(last.times, 20), mendLongest))
	last.times, last.told = last.times+1, false
	hour.times++
	m.last.Add(d, last)
	if len(m.hours) >= 1024 { // of peers that came and went
		clear(m.hours)
	}
	m.hours[d.peer] = hour
	return true, false
}

// asked looks whether documents that the peer asks for are what was written, and
// lets it have them if so. A peer that asks all the time is kept waiting.
func (s *session) asked(o antientropy.Asked) {
	n := s.node
	n.beside(s.peer.id, o.Collection, func(ctx context.Context) error {
		began, scope := time.Now(), n.scope.Load()
		findings, err := n.docs.VerifyKeys(o.Collection, o.Keys)
		if err == nil && len(findings) > 0 {
			_, err = n.heal(ctx, s.peer.id, o.Collection, scope, findings)
		}
		if errors.Is(err, errRescoped) {
			err = nil
		}
		if wait(ctx, max(time.Second, askShare*time.Since(began))) {
			s.tell(antientropy.Answer{Collection: o.Collection, Sound: err == nil && storage.Kept(findings)})
		}
		return err
	})
}

// mend makes one of what is here and what the peer has told, document by document.
func (n *Node) mend(peer string, o antientropy.Told) {
	n.beside(peer, o.Collection, func(ctx context.Context) error {
		var failed []error
		for _, d := range o.Documents {
			may, news := n.mendings.may(mended{peer, o.Collection, d.Key}, n.options.Clock())
			if news {
				n.sink.incident(IncidentEvent{Kind: Diverged, Peer: peer, Collection: o.Collection, Key: d.Key,
					Detail: "the peer goes on holding it differently: it is repaired less and less often"})
			}
			if !may {
				continue
			}
			failed = append(failed, n.mendOne(ctx, peer, o.Collection, d))
		}
		return errors.Join(failed...)
	})
}

// mendOne repairs one document.
func (n *Node) mendOne(ctx context.Context, peer, collection string, d antientropy.Counterpart) error {
	theirs, err := crdt.Decode(d.Body)
	if err != nil {
		return n.keepForeign(ctx, peer, collection, d, fmt.Errorf("it cannot be decoded: %w", err))
	}
	done := false
	err = n.writer.do(&task{ctx: ctx, size: 2 * len(d.Body), run: func(b *batch) error {
		done = false
		if !n.scope.Load().has(collection, d.Key) {
			return nil
		}
		rec, err := b.Get(collection, d.Key)
		if err != nil || !isHeld(rec, d.Mine) {
			return err
		}
		done, err = b.repair(collection, rec, crdt.State{Document: theirs, Heads: d.Heads})
		return err
	}})
	switch {
	case errors.Is(err, errMend):
		return n.keepForeign(ctx, peer, collection, d, err)
	case err != nil:
		return err
	case done:
		n.sink.incident(IncidentEvent{Kind: Repaired, Peer: peer, Collection: collection, Key: d.Key,
			Detail: "both had seen the same and held it differently: one was made of both"})
	}
	return nil
}

// errMend is why no union was made: of the documents, not of the store.
var errMend = errors.New("no union can be made")

// repair writes the union of what is here and what a peer holds, of which this node
// has seen everything, and reports whether there was anything to write.
func (b *batch) repair(collection string, rec storage.Record, theirs crdt.State) (done bool, err error) {
	seen := b.Seen(collection, rec.Key)
	if !coversAll(seen, theirs.Heads) {
		return false, nil
	}
	if err := theirs.Document.Check(seen); err != nil {
		return false, fmt.Errorf("%w: %w", errMend, err)
	}
	mine, err := crdt.Decode(rec.Body)
	if err != nil {
		return false, err
	}
	return b.makeOne(collection, rec.Key, func(w *crdt.Writer) (*crdt.Document, bool, error) {
		return crdt.Repair(w, crdt.State{Document: mine, Heads: rec.Heads, Context: seen}, theirs)
	})
}

// makeOne writes what fn makes of two contents of a document, and reports whether
// there was anything to write. It fails with errMend if fn does.
func (b *batch) makeOne(collection, key string, fn func(*crdt.Writer) (*crdt.Document, bool, error)) (done bool, err error) {
	w := b.Begin(collection, b.clock.next())
	union, changed, err := fn(w)
	if err != nil {
		return false, fmt.Errorf("%w: %w", errMend, err)
	}
	if !changed {
		return false, nil
	}
	head, _ := w.Last()
	b.begin()
	if err := b.Write(collection, w, []storage.Written{{Key: key, Document: union, Head: head}}); err != nil {
		return false, err
	}
	b.changed(collection, 1)
	return true, nil
}

// isHeld reports whether a record is what the session has shown.
func isHeld(r storage.Record, h antientropy.Held) bool {
	var digest [sha256.Size]byte // of no content
	if r.Exists() {
		digest = r.Digest()
	}
	return digest == h.Digest && slices.Equal(r.Heads, h.Heads)
}

func coversAll(v crdt.VersionVector, dots []crdt.Dot) bool {
	return !slices.ContainsFunc(dots, func(d crdt.Dot) bool { return !v.Has(d) })
}
