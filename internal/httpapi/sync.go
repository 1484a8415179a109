package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// sync reconciles now, pauses or resumes.
func (s *Server) sync(w http.ResponseWriter, r *request) error {
	timeout, limited, err := r.duration("timeout")
	if err != nil {
		return err
	}
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	var asked contract.SyncRequest
	if len(body) > 0 {
		if err := decodeStrict(body, &asked); err != nil {
			return err
		}
	}
	var peers []string
	if asked.Peer != "" {
		peer, err := s.findPeer(r.Context(), asked.Peer)
		if err != nil {
			return err
		}
		peers = []string{peer}
	}
	ctx, cancel := s.waiting(r.Context(), timeout, limited)
	defer cancel()
	report := node.SyncReport{}
	switch asked.Action {
	case "", contract.ActionSync:
		asked.Action = contract.ActionSync
		report, err = s.node.Sync(ctx, peers...)
	case contract.ActionPause:
		err = s.node.Pause(ctx, peers...)
	case contract.ActionResume:
		err = s.node.Resume(ctx, peers...)
	default:
		return badRequest("action %s: want sync, pause or resume", quote(asked.Action))
	}
	if err != nil {
		return err
	}
	return writeJSON(w, reportOf(asked.Action, report))
}

// findPeer is the PeerID of a peer that is named by its ID or, if only one
// has it, by its name.
func (s *Server) findPeer(ctx context.Context, named string) (string, error) {
	var found []string
	for p, err := range s.node.Peers(ctx) {
		if err != nil {
			return "", err
		}
		if p.Peer == named {
			return named, nil
		}
		if p.Name == named {
			found = append(found, p.Peer)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("%w: %q", node.ErrUnknownPeer, named)
	case 1:
		return found[0], nil
	default:
		return "", badRequest("%d peers are named %q: give the peer id", len(found), named)
	}
}

func reportOf(action string, report node.SyncReport) contract.SyncReport {
	out := contract.SyncReport{Action: action, Peers: []contract.PeerSync{}, Took: float64(report.Took) / float64(time.Millisecond)}
	for _, p := range report.Peers {
		out.Peers = append(out.Peers, contract.PeerSync{
			Peer: p.Peer, Name: p.Name, Converged: p.Converged, Why: p.Why, Received: p.Received,
		})
	}
	return out
}

// createInvite answers a text that makes another node a member.
func (s *Server) createInvite(w http.ResponseWriter, r *request) error {
	invite, err := s.node.Invite(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return writeJSON(w, contract.Invite{Invite: invite})
}
