package httpapi

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// getQuarantine lists what is in quarantine, or shows one of it with its bytes.
func (s *Server) getQuarantine(w http.ResponseWriter, r *request) error {
	out := contract.Quarantine{Quarantined: []contract.Quarantined{}}
	if r.parameter("id") != "" {
		id, err := r.quarantined()
		if err != nil {
			return err
		}
		q, err := s.node.Quarantined(r.Context(), id)
		if err != nil {
			return err
		}
		out.Quarantined = append(out.Quarantined, quarantinedOf(q))
		return writeJSON(w, out)
	}
	all, err := s.node.Quarantine(r.Context())
	if err != nil {
		return err
	}
	for _, q := range all {
		out.Quarantined = append(out.Quarantined, quarantinedOf(q))
	}
	return writeJSON(w, out)
}

func (s *Server) releaseQuarantined(w http.ResponseWriter, r *request) error {
	id, err := r.quarantined()
	if err != nil {
		return err
	}
	changed, err := s.node.Release(r.Context(), id)
	if err != nil {
		return err
	}
	return writeJSON(w, contract.Released{Changed: changed})
}

func (s *Server) dropQuarantined(w http.ResponseWriter, r *request) error {
	id, err := r.quarantined()
	if err != nil {
		return err
	}
	if err := s.node.DropQuarantined(r.Context(), id); err != nil {
		return err
	}
	return writeJSON(w, contract.Released{})
}

// keepQuarantined puts something into quarantine that was in one before, or several things.
func (s *Server) keepQuarantined(w http.ResponseWriter, r *request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, io.NopCloser(s.patient(w, r)), contract.MaxQuarantinedBody))
	if err != nil {
		return s.brokenBody(err)
	}
	if r.mediaType() == contract.TypeNDJSON {
		return s.keepAllQuarantined(w, r, body)
	}
	q, err := quarantinedIn(body)
	if err == nil {
		err = s.node.PutAside(r.Context(), q)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// keepAllQuarantined puts what is in lines into quarantine, if all of them can be read.
func (s *Server) keepAllQuarantined(w http.ResponseWriter, r *request, body []byte) error {
	var all []node.Quarantined
	var at []int
	line := 0
	for text := range bytes.Lines(body) {
		line++
		if text = bytes.TrimSpace(text); len(text) == 0 {
			continue
		}
		q, err := quarantinedIn(text)
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		all, at = append(all, q), append(at, line)
	}
	why, err := s.node.PutAllAside(r.Context(), all...)
	if err != nil {
		return err
	}
	out := contract.QuarantineKept{Refused: []contract.QuarantineRefused{}}
	for i, err := range why {
		if err == nil {
			out.Kept++
		} else {
			out.Refused = append(out.Refused, contract.QuarantineRefused{Line: at[i], Error: *problemOf(err)})
		}
	}
	return writeJSON(w, out)
}

// quarantinedIn is something as it was shown; its number does not count.
func quarantinedIn(text []byte) (node.Quarantined, error) {
	var q contract.Quarantined
	err := decodeStrict(text, &q)
	return node.Quarantined{At: q.Time, Kind: q.Kind, Origin: q.Origin, Collection: q.Collection, Key: q.Key, Reason: q.Reason, Raw: q.Raw}, err
}

// settleTime is how long what peers are asked for is waited for, unless said otherwise.
const settleTime = 10 * time.Second

func (s *Server) releaseAllQuarantined(w http.ResponseWriter, r *request) error {
	timeout, given, err := r.duration("timeout")
	if err != nil {
		return err
	}
	if !given {
		timeout = settleTime
	}
	ctx, cancel := s.waiting(r.Context(), 0, false)
	defer cancel()
	all, err := s.node.ReleaseAll(ctx, timeout)
	if err != nil {
		return err
	}
	out := contract.ReleasedAll{Released: []contract.ReleaseOutcome{}}
	for _, o := range all {
		out.Released = append(out.Released, contract.ReleaseOutcome{Quarantined: quarantinedOf(o.Quarantined), Outcome: string(o.Outcome), Changed: o.Changed, Why: o.Why})
	}
	return writeJSON(w, out)
}

func (s *Server) dropAllQuarantined(w http.ResponseWriter, r *request) error {
	n, err := s.node.DropAllQuarantined(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, contract.DroppedAll{Dropped: n})
}

// quarantined is the number that the request is about.
func (r *request) quarantined() (uint64, error) {
	id, err := strconv.ParseUint(r.parameter("id"), 10, 64)
	if err != nil {
		return 0, badRequest("id is the number of something in quarantine, not %q", r.parameter("id"))
	}
	return id, nil
}

func quarantinedOf(q node.Quarantined) contract.Quarantined {
	return contract.Quarantined{ID: q.ID, Time: q.At, Kind: q.Kind, Origin: q.Origin, Collection: q.Collection, Key: q.Key,
		Reason: q.Reason, Bytes: q.Size, Raw: q.Raw}
}
