package node

import (
	"context"
	"errors"
	"time"

	"github.com/crdtstore/crdtstore/storage"
)

const (
	// scrubEvery is how often a pass of the scrub begins, unless the one before
	// takes longer.
	scrubEvery = 24 * time.Hour
	// scrubDelay is how long a node is open before it begins.
	scrubDelay = time.Minute
	// scrubStep is about how many bytes one step checks.
	scrubStep = 256 << 10
	// scrubRate is the most bytes a second it reads.
	scrubRate = 1 << 20
	// scrubShare is which part of a core it takes: one in so many.
	scrubShare = 100
	// scrubSave is how often its progress is stored.
	scrubSave = time.Minute
)

// ScrubStatus is how far the scrub has come: it checks all that is stored,
// again and again, at the pace of a budget (1 % of a core, 1 MiB a second).
type ScrubStatus struct {
	Began      time.Time // of the pass that is running, or of the last; zero if there was none
	Ended      time.Time // zero while it runs
	Collection string    // where it is
	Documents  uint64    // checked in this pass
	Findings   uint64    // in this pass; each was an incident
}

// scrubber is the loop that checks, a little at a time, whether what is stored
// is still what was written (Law I): nobody may read a document for years.
type scrubber struct {
	node  *Node
	saved time.Time
}

// scrubbed is the progress as it was last stored.
func (n *Node) scrubbed() (ScrubStatus, error) {
	p, err := n.docs.ScrubProgress()
	if err != nil {
		return ScrubStatus{}, n.storeError(err)
	}
	return ScrubStatus{p.Began, p.Ended, p.Collection, p.Documents, p.Findings}, nil
}

// loop makes a pass every day, until ctx ends. It goes on where the process
// before has stopped.
func (s *scrubber) loop(ctx context.Context) {
	pause := scrubDelay
	checked := false
	for wait(ctx, pause) {
		if !checked {
			if checked = true; s.tables(ctx) != nil {
				return
			}
		}
		p, err := s.node.docs.ScrubProgress()
		if err != nil {
			return
		}
		now := s.node.options.Clock()
		if pause = p.Began.Add(scrubEvery).Sub(now); !p.Ended.IsZero() && pause > 0 && pause <= scrubEvery {
			checked = false // before the next one
			continue
		}
		if p.Began.IsZero() || !p.Ended.IsZero() {
			p = storage.ScrubProgress{Began: now}
		}
		pause, s.saved = 0, time.Now()
		if err := s.pass(ctx, &p); err != nil {
			s.save(context.WithoutCancel(ctx), p) // the writer loop ends after this one
			return
		}
	}
}

// pass checks what is kept of the store as a whole, and the collections from where
// p is.
func (s *scrubber) pass(ctx context.Context, p *storage.ScrubProgress) error {
	if err := s.store(ctx, p); err != nil {
		return err
	}
	for _, coll := range s.node.docs.Collections() {
		if coll < p.Collection {
			continue
		}
		if coll > p.Collection {
			p.Collection, p.At = coll, ""
		}
		if err := s.collection(ctx, p); err != nil {
			return err
		}
	}
	p.Collection, p.At, p.Ended = "", "", s.node.options.Clock()
	return s.save(ctx, *p)
}

// store checks what is kept of the store as a whole, and writes it again where it
// is damaged: everything of it is in memory.
func (s *scrubber) store(ctx context.Context, p *storage.ScrubProgress) error {
	findings, err := s.node.docs.VerifyStore()
	if err != nil || len(findings) == 0 {
		return err
	}
	for _, f := range findings {
		s.node.sink.incident(IncidentEvent{Kind: Damage, Detail: f.String()})
	}
	p.Findings += uint64(len(findings))
	return s.node.writer.step(ctx, func(b *batch) error {
		b.begin()
		if _, kept, err := s.node.docs.Scope(); kept || err != nil {
			if err := b.SetScope([]byte(s.node.scope.Load().String())); err != nil {
				return err
			}
		}
		return b.RestoreStore()
	})
}

// collection checks one collection to its end.
func (s *scrubber) collection(ctx context.Context, p *storage.ScrubProgress) error {
	for {
		began, scope, at := time.Now(), s.node.scope.Load(), p.At
		step, err := s.node.docs.ScrubStep(p.Collection, p.At, scope.held(p.Collection), scrubStep)
		took := time.Since(began)
		if errors.Is(err, storage.ErrClosed) || ctx.Err() != nil {
			return ErrClosed
		}
		p.At = step.Next
		if err != nil { // what cannot be read at all: the rest of the collection waits for the next pass
			s.node.sink.incident(IncidentEvent{Kind: Damage, Collection: p.Collection, Detail: err.Error()})
			p.At = ""
			p.Findings++
		}
		if len(step.Findings) > 0 {
			_, err := s.node.heal(ctx, "", p.Collection, scope, step.Findings)
			if errors.Is(err, errRescoped) {
				p.At = at
				continue
			}
			if err != nil && ctx.Err() == nil {
				s.node.sink.incident(IncidentEvent{Kind: Damage, Collection: p.Collection, Detail: "repair: " + err.Error()})
			}
		}
		p.Documents += uint64(step.Documents)
		p.Findings += uint64(len(step.Findings))
		if p.At != "" && time.Since(s.saved) >= scrubSave {
			if err := s.save(ctx, *p); err != nil {
				return err
			}
		}
		reading := time.Duration(step.Read) * time.Second / scrubRate
		if !wait(ctx, max(reading, took*(scrubShare-1))) {
			return ctx.Err()
		}
		if p.At == "" {
			return nil
		}
	}
}

// save stores the progress, so that a process which starts after this one
// goes on there.
func (s *scrubber) save(ctx context.Context, p storage.ScrubProgress) error {
	s.saved = time.Now()
	return s.node.writer.step(ctx, func(b *batch) error {
		b.begin()
		return b.SetScrubProgress(p)
	})
}

// wait sleeps for d; it reports false if ctx has ended before.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(max(d, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
