package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
	"github.com/crdtstore/crdtstore/storage/archive"
)

// ErrMissing is returned when a bundle, or an incremental backup, builds on
// changes that are not here; the message names them. Nothing was written. The
// error is a *MissingError.
var ErrMissing = errors.New("it builds on changes that are not here")

// MissingError is the ErrMissing of one run of keys.
type MissingError struct {
	Collection, From, To string // To "" is the end of the keys
	Dot                  crdt.Dot
	Have                 uint64 // how far the replica of Dot is known
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s: %v: %s, of which %d is known", e.Collection, ErrMissing, e.Dot, e.Have)
}

// Is reports that a MissingError is an ErrMissing.
func (e *MissingError) Is(target error) bool { return target == ErrMissing }

// missing finds a change that base counts and known does not, where the scope
// has the key; nil if there is none.
func (s *scope) missing(collection string, known, base crdt.Knowledge) error {
	var found *MissingError
	crdt.Overlay(s.narrow(collection, base), known, func(from, to string, need, have crdt.VersionVector) {
		if found != nil || have.Covers(need) {
			return
		}
		for r, n := range need.Beyond(have) {
			found = &MissingError{collection, from, to, crdt.Dot{Replica: r, Counter: n}, have.Counter(r)}
			return
		}
	})
	if found == nil {
		return nil
	}
	return found
}

// ImportReport is what became of a bundle.
type ImportReport struct {
	Collections, Documents, Removed uint64 // that it holds
	Changed                         uint64 // documents that are other than before
	Refused                         []ImportRefusal
}

// ImportRefusal is one that could not be merged. All others were, and what is
// known of this one is as before.
type ImportRefusal struct{ Collection, Key, Reason string }

// intake merges an archive, which was verified, through the writer loop, as
// frames of a peer.
type intake struct {
	node     *Node
	ctx      context.Context
	from     string // PeerID of who wrote it
	scope    *scope
	current  archive.Collection
	ranges   []crdt.Range // of the current collection, that the scope has
	known    archive.Known
	progress archive.Progress
	done     uint64

	slots chan struct{} // one for each frame that is with the writer loop

	mu     sync.Mutex // guards what follows
	report ImportReport
	err    error
}

// intakeFrames is how many frames, of 256 KiB, wait for the disk at a time.
const intakeFrames = 8

// takeIn merges an archive that was verified, but for its signature.
func (n *Node) takeIn(ctx context.Context, in *archive.Reader, progress archive.Progress) (ImportReport, error) {
	from, err := peerID(in.Header().Device)
	if err != nil {
		return ImportReport{}, err
	}
	t := &intake{node: n, ctx: ctx, from: from, scope: n.scope.Load(), known: archive.Known{}, progress: progress, slots: make(chan struct{}, intakeFrames)}
	err = t.chunks(in)
	if waited := t.wait(); err == nil {
		err = waited
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err = errors.Join(err, t.err); err != nil {
		return t.report, err
	}
	slices.SortFunc(t.report.Refused, func(a, b ImportRefusal) int {
		return strings.Compare(a.Collection+"/"+a.Key, b.Collection+"/"+b.Key)
	})
	return t.report, t.complete()
}

func (t *intake) chunks(in *archive.Reader) error {
	for {
		next, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch next := next.(type) {
		case *archive.Collection:
			t.current, t.ranges = *next, t.scope.held(next.Name)
			t.known[next.Name] = t.scope.narrow(next.Name, next.Knowledge)
		case []crdt.SignedHead:
			if len(t.ranges) > 0 {
				err = t.merge(storage.Frame{From: t.ranges[0].From, To: t.ranges[0].To, Heads: next})
			}
		case *archive.Frame:
			err = t.frame(*next)
			if t.done += uint64(len(next.Documents)); t.progress != nil {
				t.progress(t.done, in.Read())
			}
		case *archive.Trailer:
			t.report.Collections, t.report.Documents, t.report.Removed = next.Collections, next.Documents, next.Removed
		}
		if err != nil {
			return err
		}
	}
}

// frame merges what the scope has of a frame.
func (t *intake) frame(f archive.Frame) error {
	for _, r := range t.ranges {
		g := storage.Frame{From: max(f.From, r.From), To: earlier(f.To, r.To), Base: f.Base, Vector: f.Vector, Forgotten: f.Forgotten}
		if g.To != "" && g.From >= g.To {
			continue
		}
		for _, d := range f.Documents {
			if d.Key >= g.From && (g.To == "" || d.Key < g.To) {
				g.Documents = append(g.Documents, storage.FrameDocument{Key: d.Key, Heads: d.Heads, Body: d.Body})
			}
		}
		if f.Whole() {
			if err := t.absences(&g); err != nil {
				return err
			}
		}
		if err := t.merge(g); err != nil {
			return err
		}
	}
	return nil
}

// absences puts into a frame which lists all documents of its keys those that
// are here and not there, as absent: where its sender has forgotten removals that
// were not seen here, one of them may have been of such a document.
func (t *intake) absences(f *storage.Frame) error {
	v, err := t.node.docs.View(t.current.Name)
	if err != nil {
		return err
	}
	defer v.Close()
	known, behind := v.Knowledge(), false
	crdt.Overlay(known, crdt.Knowledge{}, func(from, to string, mine, _ crdt.VersionVector) {
		inside := (to == "" || to > f.From) && (f.To == "" || from < f.To)
		behind = behind || inside && !mine.Covers(f.Forgotten)
	})
	if !behind {
		return nil
	}
	listed := make(map[string]bool, len(f.Documents))
	for _, d := range f.Documents {
		listed[d.Key] = true
	}
	err = v.Existing(f.From, f.To, func(key string, _ [32]byte) bool {
		if !listed[key] {
			f.Documents = append(f.Documents, storage.FrameDocument{Key: key})
		}
		return true
	})
	f.Compared = known
	slices.SortFunc(f.Documents, func(a, b storage.FrameDocument) int { return strings.Compare(a.Key, b.Key) })
	return err
}

// merge hands a frame to the writer loop, and waits while too many are there.
func (t *intake) merge(f storage.Frame) error {
	select {
	case t.slots <- struct{}{}:
	case <-t.node.closing:
		return ErrClosed
	case <-t.ctx.Done():
		return t.ctx.Err()
	}
	t.mu.Lock()
	err := t.err
	t.mu.Unlock()
	if err != nil {
		<-t.slots
		return nil // takeIn returns it
	}
	collection := t.current.Name
	t.node.merge(t.from, collection, f, func(o outcome) {
		t.mu.Lock()
		t.note(collection, o)
		t.mu.Unlock()
		<-t.slots
	})
	return nil
}

// note takes down what came of a frame; t.mu is held.
func (t *intake) note(collection string, o outcome) {
	t.report.Changed += uint64(o.changed)
	for _, r := range o.refused {
		reason := strings.TrimPrefix(r.Err.Error(), collection+"/"+r.Key+": ")
		t.report.Refused = append(t.report.Refused, ImportRefusal{collection, r.Key, reason})
	}
	if t.err == nil {
		t.err = o.err
	}
}

// wait returns when the writer loop has dealt with all frames.
func (t *intake) wait() error {
	for range cap(t.slots) {
		select {
		case t.slots <- struct{}{}:
		case <-t.node.writer.stopped:
			return ErrClosed
		}
	}
	return nil
}

// errMeanwhile is returned when documents of the same keys came from elsewhere
// while an archive was merged, so that a part of it could not be.
var errMeanwhile = errors.New("other changes came meanwhile: take it in again")

// complete fails unless what the archive knows is known here, but for what was
// refused.
func (t *intake) complete() error {
	for name, k := range t.known {
		v, err := t.node.docs.View(name)
		if err != nil {
			return err
		}
		known := v.Knowledge()
		if err := v.Close(); err != nil {
			return err
		}
		for _, r := range t.report.Refused {
			if r.Collection == name {
				known = known.Raise(r.Key, r.Key+"\x00", crdt.VersionVector{}, k.At(r.Key))
			}
		}
		if err := t.scope.missing(name, known, k); err != nil {
			return fmt.Errorf("%w: %w", errMeanwhile, err)
		}
	}
	return nil
}
