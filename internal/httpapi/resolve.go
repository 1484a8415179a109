package httpapi

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// resolveConflict ends one conflict, and answers with those that are left.
func (s *Server) resolveConflict(w http.ResponseWriter, r *request) error {
	body, err := s.body(w, r)
	if err != nil {
		return err
	}
	var asked contract.Resolution
	if err := decodeStrict(body, &asked); err != nil {
		return err
	}
	resolution, err := resolutionOf(asked)
	if err != nil {
		return err
	}
	g, err := s.guarantee(r)
	if err != nil {
		return err
	}
	defer g.cancel()
	_, err = g.write(w, r, func(c *node.Collection) (node.Written, error) {
		return c.Resolve(r.Context(), r.key, resolution)
	})
	if err != nil {
		return err
	}
	left, err := g.conflicts(w, r)
	if errors.Is(err, node.ErrNotFound) { // the candidate that stays is the removal
		return writeJSON(w, contract.ConflictedDocument{Collection: r.collection, Key: r.key, Conflicts: []contract.Conflict{}})
	}
	if err != nil {
		return err
	}
	return writeConflicts(w, left)
}

func resolutionOf(asked contract.Resolution) (out crdt.Resolution, err error) {
	if (asked.Take == "") == (asked.Value == nil) {
		return out, badRequest("a resolution has either take or value")
	}
	if out.Path, err = crdt.ParsePointer(asked.Path); err != nil {
		return out, err
	}
	for _, text := range asked.Seen {
		dot, err := parseDot(text)
		if err != nil {
			return out, err
		}
		out.Seen = append(out.Seen, dot)
	}
	if asked.Take != "" {
		out.Take, err = parseDot(asked.Take)
		return out, err
	}
	out.Value, err = crdt.ParseJSON(asked.Value)
	return out, err
}

// parseDot reads what dotText printed.
func parseDot(text string) (crdt.Dot, error) {
	replica, counter, _ := strings.Cut(text, ":")
	id, err := crdt.ParseReplicaID(replica)
	if err != nil {
		return crdt.Dot{}, badRequest("%s is not a dot", quote(text))
	}
	n, err := strconv.ParseUint(counter, 10, 64)
	if err != nil {
		return crdt.Dot{}, badRequest("%s is not a dot", quote(text))
	}
	return crdt.Dot{Replica: id, Counter: n}, nil
}

// decodeStrict reads the one object of a body, or of a line, into v.
func decodeStrict(body []byte, v any) error {
	if err := contract.DecodeObject(body, v); err != nil {
		return contract.NewProblem(contract.CodeInvalidJSON, err.Error(), "")
	}
	return nil
}
