package node

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/storage"
)

// maxKept is how many incidents are remembered for Findings.
const maxKept = 100

// keep remembers an incident, once.
func (s *sink) keep(e IncidentEvent) {
	for _, k := range s.kept {
		if k == e {
			return
		}
	}
	if len(s.kept) == maxKept {
		s.kept = s.kept[1:]
	}
	s.kept = append(s.kept, e)
}

func (s *sink) remembered() []IncidentEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]IncidentEvent(nil), s.kept...)
}

// Findings lists what an operator should know of this node, with what to do: what
// has happened since it was opened (at most 100 incidents), and what is so now.
func (n *Node) Findings(ctx context.Context) (all []Finding, err error) {
	s, err := n.Status(ctx)
	if err != nil {
		return nil, err
	}
	if s.Failed != "" {
		all = append(all, Finding{Kind: FindingFailed, Where: s.Dir, Happened: "no writes are taken: " + s.Failed,
			Do: "make room on the disk or replace it, then restart the node"})
	}
	if n.uncleanStop() {
		all = append(all, Finding{Kind: FindingUnclean, Where: s.Dir, Notice: true,
			Happened: "the node was not stopped before it was started: the process was killed, or the power went; its files are checked",
			Do:       "nothing, unless something else is listed"})
	}
	if s.Space.Level != SpaceOK && s.Space.Level != SpaceUnguarded {
		all = append(all, s.Space.finding(s.Dir))
	}
	aside, err := asides(n.options.Dir)
	if err != nil {
		return nil, err
	}
	for _, a := range aside {
		all = append(all, a.finding())
	}
	kept, there, err := n.quarantineFinding(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, kept...)
	for _, e := range n.sink.remembered() {
		if e.Kind != FindingAside && (e.Number == 0 || there[e.Number]) { // what was released, or dropped, is over
			all = append(all, e.finding())
		}
	}
	if s.Scrub.Findings > 0 {
		all = append(all, Finding{Kind: FindingDamage, Happened: fmt.Sprintf("the check of all that is stored has found %d damaged places since %s", s.Scrub.Findings, s.Scrub.Began.UTC().Format(time.RFC3339)),
			Do: "see what is left of it; connect a peer that has the documents, then they heal by themselves", Command: "crdtctl verify"})
	}
	return append(all, s.peerFindings()...), nil
}

func (s SpaceStatus) finding(dir string) Finding {
	f := Finding{Kind: FindingSpace, Where: dir, Happened: fmt.Sprintf("the disk is nearly full, %d MiB are free", s.Free>>20),
		Do: "make room: writes resume by themselves", Command: "df -h " + dir}
	if s.Level == SpaceLow {
		f.Do = "make room before writes are refused"
	}
	if s.Why != "" {
		f.Happened += "; " + s.Why
	}
	return f
}

func (a Aside) finding() Finding {
	f := Finding{Kind: FindingAside, Where: a.Dir, Happened: a.String(),
		Do: "connect the peers; when all documents are there, delete the directory", Command: "crdtctl status"}
	if a.Rest != "" {
		f.Do = "connect the peers, then put back what is still missing from " + a.Rest
		f.Command = "jq -c 'select(.collection==\"COLL\")' " + a.Rest + " | crdtctl import COLL -"
	}
	return f
}

// advice says what to do about a kind of incident, and with which command.
var advice = map[string][2]string{
	Damage:      {"connect a peer that has the document: it heals by itself; if it comes again replace the disk", "crdtctl verify"},
	Diverged:    {"nothing, unless it comes again: the peers make the contents one by a write", "crdtctl peers"},
	Clone:       {"use only one of the two copies: each goes on as a new replica; look through what both have changed in one document", "crdtctl status"},
	Forged:      {"look for a copied disk, or a member that should not be one", "crdtctl peers"},
	Skewed:      {"set the clock of the device that wrote it", "crdtctl peers"},
	Rollback:    {"connect the peers, which bring back what they have; the node goes on as a new replica", "crdtctl peers"},
	Quarantine:  {"see what it is; release it when the cause is gone, or drop it", "crdtctl quarantine"},
	DamagedFile: {"nothing: it is written anew; if it comes again replace the disk", ""},
	Watermark:   {"nothing: it is written anew, and the node goes on as a new replica", ""},
}

func (e IncidentEvent) finding() Finding {
	f := Finding{Kind: e.Kind, Where: e.Peer, Happened: e.Detail, Do: "see the log of the node"}
	if e.Collection != "" {
		f.Where = e.Collection
	}
	if e.Key != "" {
		f.Where += "/" + e.Key
	}
	if a, ok := advice[e.Kind]; ok {
		f.Do, f.Command = a[0], a[1]
	}
	return f
}

// peerFindings are those about peers.
func (s Status) peerFindings() (all []Finding) {
	if s.Paused {
		all = append(all, Finding{Kind: FindingPaused, Happened: "exchange with all peers is paused here", Do: "resume it", Command: "crdtctl sync --resume"})
	}
	connected := false
	for _, p := range s.Peers {
		connected = connected || p.State == InSync || p.State == Syncing
		name := p.Peer
		if p.Name != "" {
			name = p.Name
		}
		for _, r := range p.Refused {
			by := "this node"
			if r.ByPeer {
				by = name
			}
			f := Finding{Kind: FindingRefused, Where: r.Collection + "/" + r.Key, Happened: fmt.Sprintf("not taken by %s: %s", by, r.Reason),
				Do: "make the document smaller where it can be written", Command: "crdtctl edit " + r.Collection + "/" + r.Key}
			if strings.Contains(r.Reason, crdt.ErrFormat.Error()) {
				f.Do, f.Command = "upgrade "+by+": a newer version has written it", "crdtctl quarantine release --all"
			}
			all = append(all, f)
		}
		switch {
		case p.State == Refused:
			all = append(all, Finding{Kind: FindingPeer, Where: name, Happened: "no session: " + strings.TrimSpace(p.Why+" "+p.Detail),
				Do: "make it a member of this mesh by a new invite, or use the same version of the program on both", Command: "crdtctl invite"})
		case p.Ahead != nil && p.Ahead.N > 0 && p.State != InSync && p.State != Syncing:
			since := "since it was last here"
			if p.LastConverged != nil {
				since = "since " + p.LastConverged.UTC().Format(time.RFC3339)
			}
			all = append(all, Finding{Kind: FindingUnsent, Where: name, Happened: fmt.Sprintf("documents that wait for this peer %s: %s", since, p.Ahead),
				Do: "connect the two, or carry a bundle", Command: "crdtctl bundle export FILE --for " + p.Peer, Notice: true})
		}
		if p.Skew != nil && (*p.Skew > clockTold || *p.Skew < -clockTold) {
			all = append(all, Finding{Kind: FindingClock, Where: name, Happened: fmt.Sprintf("its clock is %s the one here", apart(*p.Skew)),
				Do: "set the clock that is wrong: of concurrent changes the later one is shown"})
		}
	}
	all = append(all, s.onlyHere(connected)...)
	if s.Peer != "" && !connected && !s.Paused {
		all = append(all, Finding{Kind: FindingNoPeers, Happened: "no peer is connected: what is written here is only here",
			Do: "start a peer, or make one a member", Command: "crdtctl invite", Notice: true})
	}
	return all
}

// clockTold is from which difference of clocks on it is a finding.
const clockTold = 5 * time.Minute

// Verify checks all that is stored of a collection, or of all ("") and of the
// store as a whole, as it is now: the index against the records, their bodies, the tree, what is known, what
// is forgotten and signed. It changes nothing, and goes on while documents are written.
func (n *Node) Verify(ctx context.Context, collection string) iter.Seq2[storage.Finding, error] {
	return func(yield func(storage.Finding, error) bool) {
		if n.closed() {
			yield(storage.Finding{}, ErrClosed)
			return
		}
		names := []string{collection}
		if collection == "" {
			names = n.docs.Collections()
			found, err := n.docs.VerifyStore()
			if !yieldAll(yield, found, err) {
				return
			}
		}
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				yield(storage.Finding{}, err)
				return
			}
			err := n.docs.VerifyEach(name, n.scope.Load().held(name), func(f storage.Finding) error {
				if !yield(f, nil) {
					return errEnough
				}
				return ctx.Err()
			})
			if errors.Is(err, errEnough) {
				return
			}
			if !yieldAll(yield, nil, n.storeError(err)) {
				return
			}
		}
	}
}

// errEnough ends a check of which nobody wants to hear more.
var errEnough = errors.New("enough")

func yieldAll(yield func(storage.Finding, error) bool, found []storage.Finding, err error) bool {
	for _, f := range found {
		if !yield(f, nil) {
			return false
		}
	}
	if err != nil {
		yield(storage.Finding{}, err)
	}
	return err == nil
}
