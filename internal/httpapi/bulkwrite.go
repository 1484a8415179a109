package httpapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
	"github.com/crdtstore/crdtstore/node"
)

// writeBatch writes the lines of a batch in their order, those of one collection
// after the other together. The error is for what stopped all: the results are
// those of the lines before it.
func (s *Server) writeBatch(r *request, g bulkGuarantee, b batch) (results []contract.BulkResult, err error) {
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n].collection == b[i].collection {
			n++
		}
		var part []contract.BulkResult
		acked, err := g.write(s, r, b[i].collection, func() (all []node.Written, err error) {
			part, all, err = s.writeRun(r.Context(), b[i:i+n])
			return all, err
		})
		g.mark(part, acked, err)
		results = append(results, part...)
		if err != nil && (acked == nil || !errors.Is(err, node.ErrAcks)) {
			return results, err
		}
		i += n
	}
	return results, nil
}

// writeRun writes lines of one collection; neighbours that are plain puts share
// transactions.
func (s *Server) writeRun(ctx context.Context, b batch) (results []contract.BulkResult, all []node.Written, err error) {
	for i := 0; i < len(b); {
		n := 0
		for i+n < len(b) && b[i+n].plain() {
			n++
		}
		if n > 1 {
			part, written, err := s.putAll(ctx, b[i:i+n])
			results, all = append(results, part...), append(all, written...)
			if err != nil {
				return results, all, err
			}
			i += n
			continue
		}
		written, err := s.writeLine(ctx, &b[i])
		if stopsAll(err) {
			return results, all, err
		}
		results = append(results, b[i].result(written, err))
		if err == nil {
			all = append(all, written)
		}
		i++
	}
	return results, all, nil
}

// putAll writes lines that are plain puts into one collection.
func (s *Server) putAll(ctx context.Context, b batch) (results []contract.BulkResult, all []node.Written, err error) {
	items := make([]node.PutItem, len(b))
	for i, l := range b {
		items[i] = node.PutItem{Key: l.key, JSON: l.body}
	}
	done, err := s.node.Collection(b[0].collection).PutAll(ctx, items)
	if err != nil {
		return nil, nil, err
	}
	for i := range b {
		results = append(results, b[i].result(done[i].Written, done[i].Err))
		if done[i].Err == nil {
			all = append(all, done[i].Written)
		}
	}
	return results, all, nil
}

// writeLine writes one line.
func (s *Server) writeLine(ctx context.Context, l *bulkLine) (node.Written, error) {
	if l.err != nil {
		return node.Written{}, l.err
	}
	c := s.node.Collection(l.collection)
	switch l.kind {
	case writeMerge:
		return c.MergePatch(ctx, l.key, l.body, l.options)
	case writeJSONPatch:
		return c.JSONPatch(ctx, l.key, l.body, l.options)
	case writeOps:
		return c.Apply(ctx, l.key, l.ops, l.options)
	case writeDelete:
		return c.Delete(ctx, l.key, l.options)
	default:
		return c.Put(ctx, l.key, l.body, l.options)
	}
}

// stopsAll reports whether an error is not about one line.
func stopsAll(err error) bool {
	return errors.Is(err, node.ErrClosed) || errors.Is(err, node.ErrStore) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// maxAtomic is how many lines one transaction takes at most.
const maxAtomic = 4000

// bulkAtomic writes all lines in one transaction, or none. When a line is bad
// the answer is its problem, with its number.
func (s *Server) bulkAtomic(w http.ResponseWriter, r *request, g bulkGuarantee, in *lines) error {
	var b batch
	size := 0
	for {
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return s.brokenBody(err)
		}
		if size += len(text); size > contract.MaxBody {
			return contract.NewProblem(contract.CodeTooLarge, fmt.Sprintf("the lines of one transaction are longer than %d bytes together", contract.MaxBody), "")
		}
		l := parseBulkLine(text, in.number, r.parameter("collection"))
		if l.err != nil {
			return atLine(l.number, l.err)
		}
		if b = append(b, l); len(b) > maxAtomic {
			return contract.NewProblem(contract.CodeTooLarge, "a transaction has at most 4000 lines", "")
		}
	}
	results, err := s.atomically(r, g, b)
	if err != nil {
		return err
	}
	return answerAll(w, results)
}

// within writes the line as a part of a transaction.
func (l *bulkLine) within(tx *node.Tx) error {
	switch l.kind {
	case writeMerge:
		return tx.MergePatch(l.collection, l.key, l.body, l.options)
	case writeJSONPatch:
		return tx.JSONPatch(l.collection, l.key, l.body, l.options)
	case writeOps:
		return tx.Apply(l.collection, l.key, l.ops, l.options)
	case writeDelete:
		return tx.Delete(l.collection, l.key, l.options)
	default:
		return tx.Put(l.collection, l.key, l.body, l.options)
	}
}

// atLine puts the number of a line into the problem that err is; 0 is not
// known.
func atLine(number int, err error) error {
	p := *problemOf(err)
	p.Line = number
	return &p
}
