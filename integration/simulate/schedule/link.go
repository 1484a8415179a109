package schedule

import (
	"errors"

	"github.com/crdtstore/crdtstore/integration/simulate/snapshot"
	antientropy "github.com/crdtstore/crdtstore/sync"

	"github.com/crdtstore/crdtstore/storage"
)

// link is the connection between two peers: a session at each end, and the
// messages on their way.
type link struct {
	w    *world
	ends [2]*end
	up   bool

	bad    bool // messages get lost, doubled and out of order
	gap    bool // one did: the sessions may end for that
	unmet  bool // it was a hello: they may take it for a breach of the protocol
	foul   bool // somebody lied: what the sessions make of it is no fault of theirs
	doomed bool // it ends when what waits would go on
}

// comparing counts messages by their kinds.
var comparing = map[byte]string{28: "sketches", 29: "sketches that did not tell enough, or too much", 30: "comparisons"}

// end is one side of a link while it is up.
type end struct {
	link    *link
	peer    *peer
	session *antientropy.Session
	inbox   [][]byte
	tasks   []func()          // what is done beside the session
	seq     map[string]uint64 // of the last frame sent, by collection
	numbers numbers           // of what was sent
	changed map[string]bool   // collections whose change the session was not told yet
	hash    []string          // collections to hash
	paused  bool
	mute    bool // it has lied, and cannot go on from there: see spelling
	held    int  // steps to come in which nothing arrives here
}

// job is a frame that waits for its commit. Its session may be gone by then.
type job struct {
	end     *end
	session *antientropy.Session
	merge   antientropy.Merge
	foul    bool // it came over a link that is
}

func (e *end) other() *end {
	if e.link.ends[0] == e {
		return e.link.ends[1]
	}
	return e.link.ends[0]
}

// connect brings a link up: two new sessions that know nothing of earlier
// ones.
func (l *link) connect() {
	l.up, l.gap, l.unmet, l.foul, l.doomed = true, false, false, false, false
	l.w.tell("%s and %s connect", l.ends[0].peer, l.ends[1].peer)
	for i, e := range l.ends {
		*e = end{link: l, peer: e.peer, changed: map[string]bool{}}
		e.session = antientropy.NewSession(antientropy.Config{
			Name: e.peer.name, Self: e.peer.docs.Replica(), Replica: replica{e.peer},
			Initiator: i == 0, Limits: l.w.limits, Scope: e.peer.scopeOf(), Features: e.peer.features(),
		})
	}
	for _, e := range l.ends {
		e.step(antientropy.Start{})
	}
}

// cut ends a link between any two messages; what is on its way is lost.
// Frames that wait for their commit may or may not be committed.
func (l *link) cut() {
	if !l.up {
		return
	}
	l.up = false
	if len(l.ends[0].inbox)+len(l.ends[1].inbox) > 0 {
		l.w.tally["connections cut with messages on their way"]++
	}
	l.w.tell("%s and %s are cut off from each other", l.ends[0].peer, l.ends[1].peer)
	for _, e := range l.ends {
		e.session.Step(antientropy.Stop{})
		var gone opset
		kept := e.peer.queue[:0]
		for _, j := range e.peer.queue {
			if j.end != e || l.w.rng.IntN(2) == 0 {
				kept = append(kept, j)
			} else {
				gone.union(l.w.brings(j.merge.Collection, j.merge.Frame))
			}
		}
		e.peer.queue = kept
		e.peer.missed(gone)
	}
}

// step feeds a session and carries out what it wants.
func (e *end) step(in antientropy.Input) {
	if !e.link.up {
		return
	}
	for _, out := range e.session.Step(in) {
		switch out := out.(type) {
		case antientropy.Send:
			if e.mute {
				continue
			}
			if e.link.w.seams.loses(out.Message) {
				e.numbers.unsaid(out.Message)
				continue
			}
			o := e.other()
			e.numbers.said(out.Message)
			e.note(out.Message)
			e.carry(out.Message)
			if what := comparing[out.Message[0]]; what != "" {
				e.link.w.tally[what]++
			}
			e.link.w.tell("%s sends %s message %d of %d bytes", e.peer, o.peer, out.Message[0], len(out.Message))
		case antientropy.Merge:
			e.peer.queue = append(e.peer.queue, job{e, e.session, out, e.link.foul})
		case antientropy.Hash:
			e.hash = append(e.hash, out.Collection)
		case antientropy.Converged:
			e.link.w.tally["roots found equal"]++
		case antientropy.Shown:
			if e.shown(out) {
				return
			}
		case antientropy.Overtaken:
			e.overtaken(out)
		case antientropy.Twins:
			if e.peer.docs.Replica() == e.peer.opened {
				e.do(e.peer.renew)
			}
		case antientropy.Diverged:
			e.do(func() { e.diverged(out) })
		case antientropy.Asked:
			e.do(func() {
				e.step(antientropy.Answer{Collection: out.Collection, Sound: e.peer.lookInto(out.Collection, out.Keys)})
			})
		case antientropy.Told:
			e.do(func() { e.told(out) })
		case antientropy.Incident:
			if e.link.w.tally["contents that differ"]++; len(e.link.w.loose) > 0 || e.link.foul {
				continue
			}
			if e.peer.rots(out.Collection) || e.other().peer.rots(out.Collection) {
				e.link.w.tally["damage found by comparing"]++
				continue
			}
			e.link.w.fail("Law E: %s and %s know the same of %s and have roots %x and %x",
				e.peer, e.other().peer, out.Collection, out.Mine, out.Theirs)
		case antientropy.Close:
			e.link.w.tell("%s closes towards %s: %s %s", e.peer, e.other().peer, out.Reason, out.Detail)
			if out.Reason == antientropy.ReasonGap {
				e.link.w.tally["sessions ended for messages lost"]++
			}
			if !e.link.mayEnd(out.Reason) {
				e.link.w.fail("%s closes its session with %s: %s: %s", e.peer, e.other().peer, out.Reason, out.Detail)
			}
			e.link.cut()
			if out.Err != nil {
				e.peer.met(out.Err)
			}
			return
		}
	}
}

// deliver hands over the oldest message.
func (e *end) deliver() {
	m := e.inbox[0]
	e.inbox = e.inbox[1:]
	e.link.w.tell("%s receives from %s message %x of %d bytes", e.peer, e.other().peer, m[:min(1, len(m))], len(m))
	e.step(antientropy.Received{Message: m})
}

// tell tells the session what has changed since it was told last.
func (e *end) tell() {
	for _, coll := range e.link.w.collections {
		if e.changed[coll] {
			delete(e.changed, coll)
			e.step(antientropy.Changed{Collection: coll})
		}
	}
}

// commit takes the oldest merge of p from its queue.
func (p *peer) commit() {
	j := p.queue[0]
	brought := p.w.brings(j.merge.Collection, j.merge.Frame)
	p.queue = p.queue[1:]
	p.carryOut(j)
	p.missed(brought)
}

// carryOut carries out a merge.
func (p *peer) carryOut(j job) {
	if p.room == takesNothing {
		p.w.tally["frames refused for want of room"]++
		if j.end.session == j.session {
			j.end.step(antientropy.Committed{ID: j.merge.ID, Refused: antientropy.ReasonSpace, Detail: "the disk is full"})
		}
		return
	}
	var merged storage.Merged
	f, bad := j.merge.Frame, ""
	if p.w.spoiling > 0 && !p.core && p.w.chance(p.w.spoiling) {
		f, bad = spoil(p.w.rng, f)
	}
	err := p.docs.Update(func(b *storage.Batch) error {
		var err error
		if !p.holdsAll(j.merge.Frame) { // left since it came
			merged = storage.Merged{Skipped: true}
			return nil
		}
		if merged, err = p.w.seams.merge(p, b, j.merge.Collection, snapshot.Frame(f)); err != nil {
			return err
		}
		return p.vouch(b, j, merged)
	})
	p.w.tell("%s merges %s %v: %v", p, j.merge.Collection, j.merge.Frame, err)
	if err != nil {
		p.w.tally["commits that failed"]++
		p.reread()
		p.giveUp(err, j)
		p.met(err)
	}
	p.countFrame(j, merged, err)
	p.w.inspect(p)
	if len(merged.Wanted) > 0 {
		p.w.tally["frames that come again with whole texts"]++
	}
	if err == nil && p.w.chance(0.02) && !p.core && p.w.may.Has(Torn) {
		p.restart("power cut") // committed, and nobody was told
		return
	}
	if err == nil {
		err = p.acknowledge()
	}
	if err == nil {
		p.observe(merged.MaxTime)
		p.changedAll(j.merge.Collection)
	}
	if err == nil {
		p.heard(merged, j)
	}
	if j.end.session != j.session {
		return
	}
	done := antientropy.Committed{ID: j.merge.ID, Wanted: merged.Wanted}
	done.Repeated = len(j.merge.Frame.Documents) - len(merged.Changed)
	done.Known = done.Repeated == len(j.merge.Frame.Documents) && !merged.Raised && !merged.Skipped
	for _, r := range merged.Refused {
		if r.Key != bad && !j.foul && !p.w.twinned {
			p.w.fail("%s refuses a document of a correct peer: %v", p, r.Err)
		}
		p.w.tally["documents refused"]++
		p.w.tell("%s refuses %s: %v", p, r.Key, r.Err)
		p.w.spoiled = true
		done.Refusals = append(done.Refusals, antientropy.Refusal{Key: r.Key, Reason: r.Err.Error()})
	}
	switch {
	case errors.Is(err, storage.ErrUnsigned):
		done.Refused, done.Detail = antientropy.ReasonUnsignedHead, err.Error()
	case errors.Is(err, storage.ErrFrame):
		done.Refused, done.Detail = antientropy.ReasonBadFrame, err.Error()
	default:
		done.Err = err
	}
	j.end.step(done)
	for _, r := range merged.Refused {
		p.giveWay(address{j.merge.Collection, r.Key}, r.Err)
	}
}

// countFrame counts what kind of frame met what.
func (p *peer) countFrame(j job, m storage.Merged, err error) {
	if err != nil || len(m.Wanted) > 0 {
		return
	}
	f := j.merge.Frame
	for what, is := range map[string]bool{
		"frames merged":                    !m.Skipped,
		"frames skipped, at least in part": m.Skipped,
		"frames that are part of a range":  f.From != "" || f.To != "",
		"frames without documents":         len(f.Documents) == 0,
		"frames that change nothing":       !m.Raised && len(m.Changed) == 0 && !m.Skipped,
		"frames of a session that is gone": j.end.session != j.session || !j.end.link.up,
	} {
		if is {
			p.w.tally[what]++
		}
	}
	if m.Skipped && f.Forgotten.Len() > 0 {
		p.w.tally["frames skipped of a peer that has forgotten more"]++
	}
	for _, d := range f.Documents {
		if len(d.Heads) == 0 {
			p.w.tally["absences merged"]++
			continue
		}
		if len(d.Body) == 0 {
			p.w.tally["frames that bring a removal"]++
		}
		if g := p.ghosts.at(address{j.merge.Collection, d.Key}); len(g.live) > 0 && len(g.live.without(nil)) > 0 {
			if o := p.w.byHead[dotIn{j.merge.Collection, d.Heads[0]}]; o != nil {
				if mine := g.seen; mine.without(o.past) && o.past.without(mine) {
					p.w.tally["frames that meet concurrent changes"]++
				}
				if o.peer != j.end.other().peer && o.peer != p {
					p.w.tally["relayed operations"]++
				}
			}
		}
	}
}

// changedAll notes that every session of p is to be told of a change.
func (p *peer) changedAll(coll string) {
	for _, l := range p.w.links {
		for _, e := range l.ends {
			if e.peer == p && l.up {
				e.changed[coll] = true
			}
		}
	}
}
