package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// getStatus answers the state of the node, at once or when all have converged.
func (s *Server) getStatus(w http.ResponseWriter, r *request) error {
	timeout, limited, err := r.duration("timeout")
	if err != nil {
		return err
	}
	switch wait := r.parameter("wait"); wait {
	case "":
	case "converged":
		ctx, cancel := s.waiting(r.Context(), timeout, limited)
		defer cancel()
		if err := s.node.WaitConverged(ctx, node.WaitOptions{}); err != nil {
			return err
		}
	default:
		return badRequest("wait=%s: want converged", quote(wait))
	}
	got, err := s.node.Status(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, s.statusOf(got))
}

// waiting is a context for something that the client waits for.
func (s *Server) waiting(ctx context.Context, timeout time.Duration, limited bool) (context.Context, context.CancelFunc) {
	ctx, cancel := s.streaming(ctx)
	if !limited {
		return ctx, cancel
	}
	ctx, cancelTimeout := context.WithTimeout(ctx, timeout)
	return ctx, func() { cancelTimeout(); cancel() }
}

// listPeers answers the peers that are known.
func (s *Server) listPeers(w http.ResponseWriter, r *request) error {
	out := contract.Peers{Peers: []contract.Peer{}}
	for p, err := range s.node.Peers(r.Context()) {
		if err != nil {
			return err
		}
		out.Peers = append(out.Peers, peerOf(p))
	}
	return writeJSON(w, out)
}

func (s *Server) statusOf(got node.Status) contract.Status {
	out := contract.Status{
		Name: got.Name, Peer: got.Peer, Version: s.options.Version, Replica: got.Replica.Hex(),
		Addrs: orEmpty(got.Addrs), Data: got.Dir, Durability: string(got.Durability),
		Started: got.Started.UTC().Format(time.RFC3339), Bytes: got.Bytes,
		Paused: got.Paused, Failed: got.Failed, Incidents: got.Incidents, Skewed: got.Skewed,
		Space: contract.Space{Level: string(got.Space.Level), Free: got.Space.Free, Total: got.Space.Total, Ballast: got.Space.Ballast, Why: got.Space.Why},
		Scope: scopeOf(got), Scrub: scrubOf(got.Scrub),
		Unsent: unsentOf(got.Unsent), Collections: collectionsOf(got.Collections), Peers: []contract.Peer{},
	}
	for _, p := range got.Peers {
		out.Peers = append(out.Peers, peerOf(p))
	}
	return out
}

func unsentOf(u *node.Unsent) *contract.Unsent {
	if u == nil {
		return nil
	}
	return &contract.Unsent{Documents: *countOf(&u.Documents), After: timeOf(u.After)}
}

func peerOf(p node.PeerStatus) contract.Peer {
	out := contract.Peer{
		Peer: p.Peer, Name: p.Name, Addrs: orEmpty(p.Addrs), State: string(p.State), Why: p.Why,
		Behind: countOf(p.Behind), Ahead: countOf(p.Ahead),
	}
	if p.State == node.Offline {
		out.Detail = p.Detail
	}
	if p.LastConverged != nil {
		out.LastConverged = timeOf(*p.LastConverged)
	}
	out.Exchange = exchangeOf(p.Exchange)
	for _, r := range p.Refused {
		out.Refused = append(out.Refused, contract.RefusedDocument(r))
	}
	if p.RTT != nil {
		ms := float64(*p.RTT) / float64(time.Millisecond)
		out.RTT = &ms
	}
	if p.Skew != nil {
		ms := float64(*p.Skew) / float64(time.Millisecond)
		out.Skew = &ms
	}
	return out
}

func exchangeOf(e *node.Exchange) *contract.Exchange {
	if e == nil {
		return nil
	}
	return &contract.Exchange{
		Lazy: orEmpty(e.Lazy), LazyByPeer: orEmpty(e.LazyByPeer),
		Sent:      contract.Volume{Frames: int64(e.FramesSent), Documents: int64(e.DocumentsSent)},
		Received:  contract.Volume{Frames: int64(e.FramesReceived), Documents: int64(e.DocumentsReceived)},
		Repeated:  contract.Volume{Frames: int64(e.FramesRepeated), Documents: int64(e.DocumentsRepeated)},
		Announced: int64(e.Announced), Heard: int64(e.Heard),
	}
}

func scrubOf(s node.ScrubStatus) contract.Scrub {
	return contract.Scrub{
		Began: timeOf(s.Began), Ended: timeOf(s.Ended), Collection: s.Collection,
		Documents: int64(s.Documents), Findings: int64(s.Findings),
	}
}

// timeOf is a time as text, null for none.
func timeOf(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format(time.RFC3339)
	return &text
}

func countOf(c *node.Count) *contract.Count {
	if c == nil {
		return nil
	}
	return &contract.Count{N: c.N, More: c.More}
}

// orEmpty makes a list that is null in JSON an empty one.
func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
