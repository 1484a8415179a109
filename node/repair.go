package node

import (
	"context"
	"errors"
	"slices"

	"github.com/crdtstore/crdtstore/storage"
	antientropy "github.com/crdtstore/crdtstore/sync"
)

// repair looks, beside the session, for the reason why two replicas with the
// same knowledge hold different content (Law I).
// What is undamaged on both sides is made one (see mend): this side asks if its
// PeerID is the smaller one.
func (n *Node) repair(from *session, d antientropy.Diverged) {
	peer := from.peer.id
	n.looks.do(n, peer, d, func(ctx context.Context, d antientropy.Diverged) error {
		told := false
		err := errRescoped
		for errors.Is(err, errRescoped) {
			s := n.scope.Load()
			findings, failed := n.docs.VerifyKeys(d.Collection, d.Keys)
			if failed != nil {
				return failed
			}
			for _, key := range d.Keys {
				if !told && s.has(d.Collection, key) && !slices.ContainsFunc(findings, func(f storage.Finding) bool { return f.Key == key }) {
					n.sink.incident(IncidentEvent{Kind: Diverged, Peer: peer, Collection: d.Collection, Key: key,
						Detail: "content differs from the peer's, and is undamaged here"})
				}
			}
			told = true
			_, err = n.heal(ctx, peer, d.Collection, s, findings)
		}
		if err == nil && n.mesh.self < peer {
			from.tell(antientropy.Ask{Collection: d.Collection, Keys: d.Keys})
		}
		if err != nil || !d.More {
			return err
		}
		n.checkBeside(peer, d.Collection) // more differs than the peers have compared
		return nil
	})
}

// errRescoped tells that the scope has changed since findings were made. What was
// being dropped then, of which nothing was known, may be held again: they prove
// nothing any more.
var errRescoped = errors.New("the scope has changed")

// saw looks at an error of the store that was met in the session with peer, or
// in none (""): damage in a collection starts, beside whatever met it, a check
// of the whole collection, unless one is running.
func (n *Node) saw(peer string, err error) {
	var d *storage.DamagedError
	if !errors.As(err, &d) || d.Collection == "" {
		return
	}
	n.checkBeside(peer, d.Collection, d.Unrecorded...)
}

// checkBeside starts a check of a collection, of which some documents were counted and have no record, or tells it to
// the one that runs.
func (n *Node) checkBeside(peer, collection string, unrecorded ...string) {
	n.checks.ask(collection, suspicion{peer, unrecorded}, func() {
		n.beside(peer, collection, func(ctx context.Context) (err error) {
			for more := true; more; more = n.checks.again(collection) {
				err = errors.Join(err, n.check(ctx, collection))
			}
			return err
		})
	})
}

// checkUnhealed checks again, now that there is a peer which holds it, a collection in
// which damage was found while there was none.
func (n *Node) checkUnhealed(peer, collection string) {
	if _, was := n.unhealed.LoadAndDelete(collection); was {
		n.checkBeside(peer, collection)
	}
}

// maxSuspects is about how many bytes of findings a check holds at once, findingOverhead what one is besides its texts.
const (
	maxSuspects     = 4 << 20
	findingOverhead = 128
)

// suspects lists what a check of a collection finds; more is set if there was no room for all.
func (n *Node) suspects(collection string, s *scope) (findings []storage.Finding, more bool, err error) {
	size := 0
	err = n.docs.VerifyEach(collection, s.held(collection), func(f storage.Finding) error {
		findings = append(findings, f)
		if size += findingOverhead + len(f.Key) + len(f.Detail); size >= maxSuspects {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return findings, true, nil
	}
	return findings, false, err
}

// check verifies a collection and heals what it finds, all at once: what it gives up ends all sessions. It goes on for
// as long as there is more than it holds. Documents that were counted and have no record are given
// up also where nothing is amiss with what is stored.
func (n *Node) check(ctx context.Context, collection string) error {
	var first storage.Finding
	for {
		s := n.scope.Load()
		findings, more, err := n.suspects(collection, s)
		met := n.checks.hear(collection)
		if err == nil {
			findings, err = n.findUnrecorded(collection, met.unrecorded, findings)
		}
		if err != nil || len(findings) == 0 || findings[0] == first {
			return err
		}
		healed, err := n.heal(ctx, met.peer, collection, s, findings)
		if errors.Is(err, errRescoped) {
			continue
		}
		first = findings[0]
		if err != nil || !healed || !more {
			return err
		}
	}
}

// findUnrecorded adds documents that a merge has found to be counted without a record
// to what a check has found. Where the check finds nothing, and there still is none, no
// disk has lost it: a copy of a store wrote it under dots that another used for something
// else. Then what is counted of it does not hold, and it is as unknown as if it were damaged;
// else no frame with it could ever be taken.
func (n *Node) findUnrecorded(collection string, keys []string, findings []storage.Finding) ([]storage.Finding, error) {
	for _, key := range keys {
		if slices.ContainsFunc(findings, func(f storage.Finding) bool { return f.Key == key }) {
			continue
		}
		rec, err := n.docs.Get(collection, key)
		if err != nil {
			return nil, err
		}
		if len(rec.Heads) == 0 && !rec.Exists() {
			f := storage.Finding{Collection: collection, Key: key, Problem: storage.ProblemMissing,
				Detail: "a peer has it, and changes of it are counted here: it was lost, or written by a copy of some store"}
			if !n.docs.Recorded(collection, key) {
				f.Problem, f.Detail = storage.ProblemTaken, "a peer has it, and it was never here, yet changes of it are counted: some store was copied, and both have written"
			}
			findings = append(findings, f)
		}
	}
	return findings, nil
}

// beside runs a repair in a goroutine of its own; its failure is an incident.
func (n *Node) beside(peer, collection string, fn func(context.Context) error) {
	n.spawn(func() {
		if err := fn(n.life); err != nil && n.life.Err() == nil {
			n.sink.incident(IncidentEvent{Kind: Damage, Peer: peer, Collection: collection, Detail: "repair: " + err.Error()})
		}
	})
}

// heal gives up what is damaged: its documents become unknown here, and
// ordinary drains bring them back (Law I). While there is no peer to bring
// them, neither the one in whose session the damage was met nor another, they
// stay as they are: damaged, and so an error to read, is more honest than
// absent. A damaged tree is made again, and an index that differs from an
// intact record follows it. healed is false if nothing was done.
//
// s was the scope before the findings were made; errRescoped if it is not any more,
// then they have to be made again.
func (n *Node) heal(ctx context.Context, peer, collection string, s *scope, findings []storage.Finding) (healed bool, err error) {
	var lost, unlisted []string
	tree, state := false, false
	if n.scope.Load() != s {
		return false, errRescoped
	}
	for _, f := range findings {
		if f.Key != "" && f.Problem != storage.ProblemTree && !s.has(collection, f.Key) {
			continue // it is being deleted
		}
		kind := Damage
		if f.Problem == storage.ProblemTaken {
			kind = Diverged
		}
		n.sink.incident(IncidentEvent{Kind: kind, Peer: peer, Collection: collection, Key: f.Key, Detail: f.String()})
		switch f.Problem {
		case storage.ProblemTree:
			tree = true
		case storage.ProblemState:
			state = true
		case storage.ProblemHead, storage.ProblemChain: // nothing here can bring them back
		case storage.ProblemIndex:
			unlisted = append(unlisted, f.Key)
		default:
			lost = append(lost, f.Key)
		}
	}
	slices.Sort(lost)
	lost = slices.Compact(lost)
	unlisted = slices.DeleteFunc(unlisted, func(key string) bool { return slices.Contains(lost, key) }) // its index may be all that knows of a later change
	if state {
		if err := n.restore(ctx, collection, s); err != nil {
			return false, err
		}
		healed = true
	}
	if len(unlisted) > 0 || tree && len(lost) == 0 {
		healed = true
		err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
			if n.scope.Load() != s {
				return errRescoped
			}
			b.begin()
			b.changed(collection, 0)
			if len(lost) == 0 && tree {
				if err := b.RebuildTree(collection); err != nil {
					return err
				}
			}
			return b.Reindex(collection, unlisted)
		}})
		if err != nil {
			return false, err
		}
	}
	if len(lost) == 0 || n.mesh == nil {
		return healed, nil
	}
	if peer == "" {
		n.unhealed.Store(collection, true) // before the look: who comes behind it sees that
		if len(n.mesh.live()) == 0 {
			return healed, nil
		}
		n.unhealed.Delete(collection)
	}
	return n.giveUp(ctx, peer, collection, s, findings, lost)
}

// restore writes again what is kept of a collection as a whole.
func (n *Node) restore(ctx context.Context, collection string, s *scope) error {
	err := n.writer.do(&task{ctx: ctx, run: func(b *batch) error {
		if n.scope.Load() != s {
			return errRescoped
		}
		b.begin()
		b.changed(collection, 0)
		return b.Restore(collection)
	}})
	n.renewed("what was known of a collection was lost")
	return err
}

// forfeit makes documents unknown here, in as many commits as it takes, while s
// is the scope; keys are in order.
func (n *Node) forfeit(ctx context.Context, collection string, s *scope, keys []string) error {
	for limit := storage.ForfeitLimit; len(keys) > 0; {
		var rest []string
		err := n.writer.do(&task{ctx: ctx, run: func(b *batch) (err error) {
			if n.scope.Load() != s {
				return errRescoped
			}
			b.begin()
			rest, err = b.ForfeitKeys(collection, keys, limit)
			b.changed(collection, len(keys)-len(rest))
			return err
		}})
		if errors.Is(err, storage.ErrTxTooBig) && limit > 1 {
			limit /= 2
			continue
		}
		if err != nil {
			return err
		}
		keys = rest
		n.renewed("damaged documents were given up")
	}
	return nil
}

// endSessions ends all sessions: what their peers assume of this node does
// not hold any more. They connect again, soon: it is no fault of theirs (see mesh.hurry).
func (n *Node) endSessions(reason antientropy.Reason, why string) {
	if n.mesh == nil {
		return
	}
	for _, s := range n.mesh.running() {
		s.tell(antientropy.Stop{Reason: reason, Detail: why})
	}
	n.mesh.hurry()
}
