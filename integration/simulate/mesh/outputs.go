package mesh

import (
	"strings"

	"github.com/crdtstore/crdtstore/integration/simulate/snapshot"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// step feeds the machine and does what it wants done (package node,
// outputs.go).
func (e *end) step(in antientropy.Input) {
	if e.session == nil || e.leaving {
		return
	}
	before := e.session.Counters()
	for _, out := range e.session.Step(in) {
		e.do(out)
	}
	if e.session != nil {
		e.link.w.cost.stepped(before, e.session.Counters())
	}
	e.plan()
}

func (e *end) do(out antientropy.Output) {
	w := e.link.w
	switch o := out.(type) {
	case antientropy.Send:
		e.say(o.Message)
	case antientropy.Merge:
		e.merge(o)
	case antientropy.Hash:
		e.peer.tend(o.Collection, func() { e.step(antientropy.Hashed{Collection: o.Collection}) })
	case antientropy.InStep:
		w.agreed(e.depth)
		e.inStep()
	case antientropy.Converged:
		w.cost.Verified++
		e.inStep()
	case antientropy.Incident:
		w.fail("Law E: %s and %s know the same of %s and have roots %x and %x", e.peer, e.other().peer, o.Collection, o.Mine, o.Theirs)
	case antientropy.Diverged:
		w.fail("Law E: %s and %s know the same of %s and differ in %q", e.peer, e.other().peer, o.Collection, o.Keys)
	case antientropy.Overtaken:
		w.fail("Law F: %s hears from %s of change %d of its own in %s", e.peer, e.other().peer, o.Counter, o.Collection)
	case antientropy.Refused:
		w.fail("%s and %s: %s/%s is refused: %s", e.peer, e.other().peer, o.Collection, o.Key, o.Reason)
	case antientropy.Far:
		e.peer.feeders.far(e, o.On)
	case antientropy.Close:
		if o.Reason.Violation() {
			w.fail("%s ends its session with %s: %s: %s", e.peer, e.other().peer, o.Reason, o.Detail)
		}
		w.tell("%s ends its session with %s: %s %s", e.peer, e.other().peer, o.Reason, o.Detail)
		e.leave(string(o.Reason))
	}
}

// merge gives a frame to the writer and its outcome to the machine.
func (e *end) merge(o antientropy.Merge) {
	f := snapshot.Frame(o.Frame)
	size := 0
	for _, d := range f.Documents {
		size += len(d.Key) + len(d.Body)
	}
	e.merging += size
	depth := e.depth
	e.peer.merge(e.other().peer, o.Collection, f, func(came outcome) {
		e.link.w.caught(depth)
		if e.done {
			return
		}
		e.merging -= size
		e.step(answer(o, came))
		e.read()
	})
}

// answer is what a session is told of a merge it asked for.
func answer(o antientropy.Merge, came outcome) antientropy.Committed {
	c := antientropy.Committed{ID: o.ID, Wanted: came.wanted, Err: came.err}
	c.Known = came.err == nil && came.changed == 0 && !came.grown && len(came.wanted)+len(came.refused) == 0
	if came.err == nil && len(came.wanted) == 0 {
		c.Repeated = max(len(o.Frame.Documents)-len(came.refused)-came.changed, 0)
	}
	for _, r := range came.refused {
		why := strings.TrimPrefix(r.Err.Error(), o.Collection+"/"+r.Key+": ")
		c.Refusals = append(c.Refusals, antientropy.Refusal{Key: r.Key, Reason: why})
	}
	return c
}
