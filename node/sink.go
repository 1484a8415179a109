package node

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// sink is where every event goes: first to the log, then to Events. One mutex
// keeps them in one order for both.
type sink struct {
	mu  sync.Mutex
	log *slog.Logger
	to  Events

	incidents, skewed int
	kept              []IncidentEvent // the last, see Findings
}

func newSink(log *slog.Logger, to Events) *sink {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &sink{log: log, to: to}
}

// emit logs under the lock and then calls fn, if there is one, with e.
func emit[E any](s *sink, level slog.Level, fn func(E), e E, msg string, attrs ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Log(context.Background(), level, msg, attrs...)
	if fn != nil {
		fn(e)
	}
}

// level is that of the log: a visit, of which there is one a minute, is no news.
func (e PeerEvent) level() slog.Level {
	if e.Visit {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func (s *sink) peerUp(e PeerEvent) {
	emit(s, e.level(), s.to.PeerUp, e, "peer up", "peer", e.Peer, "name", e.Name)
}

func (s *sink) peerDown(e PeerEvent) {
	attrs := []any{"peer", e.Peer, "name", e.Name, "reason", e.Reason}
	if e.Name == "" { // it went before it had said so
		attrs = []any{"peer", e.Peer, "reason", e.Reason}
	}
	emit(s, e.level(), s.to.PeerDown, e, "peer down", attrs...)
}

func (s *sink) peerRefused(e PeerEvent) {
	emit(s, slog.LevelWarn, s.to.PeerRefused, e, "peer refused", "peer", e.Peer, "addr", e.Addr, "reason", e.Reason)
}

func (s *sink) converged(e ConvergedEvent) {
	emit(s, slog.LevelDebug, s.to.Converged, e, "converged", "peer", e.Peer, "collection", e.Collection, "root", e.Root.String())
}

func (s *sink) incident(e IncidentEvent) {
	s.mu.Lock()
	s.incidents++
	s.keep(e)
	s.mu.Unlock()
	emit(s, slog.LevelError, s.to.Incident, e, "incident", "kind", e.Kind, "peer", e.Peer,
		"collection", e.Collection, "key", e.Key, "detail", e.Detail)
}

// skew counts a timestamp more than a day ahead; the first is an incident.
func (s *sink) skew(collection string) {
	s.mu.Lock()
	s.skewed++
	first := s.skewed == 1
	s.mu.Unlock()
	if first {
		s.incident(IncidentEvent{Kind: Skewed, Collection: collection,
			Detail: "a document is stamped more than 24 h ahead of the clock here"})
	}
}

func (s *sink) incarnation(e IncarnationEvent) {
	level := slog.LevelWarn
	if e.Reason == leftScope { // as was asked for
		level = slog.LevelInfo
	}
	emit(s, level, s.to.Incarnation, e, "new incarnation", "old", e.Old.Hex(), "new", e.New.Hex(), "reason", e.Reason)
}

// slowSync is what a sync of the disk may take before it is worth a warning.
const slowSync = time.Second

func (s *sink) commit(e CommitEvent) {
	level := slog.LevelDebug
	if e.Sync > slowSync {
		level = slog.LevelWarn
	}
	emit(s, level, s.to.Commit, e, "commit", "requests", e.Requests, "merges", e.Merges,
		"documents", e.Documents, "took", e.Took, "sync", e.Sync)
}

func (s *sink) space(e SpaceEvent) {
	level := slog.LevelInfo
	if e.New.rank() > e.Old.rank() {
		level = slog.LevelWarn
	}
	emit(s, level, s.to.Space, e, "free space", "level", e.New, "before", e.Old, "free", e.Free, "total", e.Total)
}

func (s *sink) failed(err error) {
	emit(s, slog.LevelError, s.to.Failed, err, "store failed", "error", err)
}

// counts are the incidents and the skewed timestamps so far.
func (s *sink) counts() (incidents, skewed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.incidents, s.skewed
}
