package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// How much of a bulk request is written together.
const (
	batchLines = 500
	batchBytes = 1 << 20
)

// bulk writes the documents of an NDJSON body and answers a line for each.
// Results come while the body is still being sent.
func (s *Server) bulk(w http.ResponseWriter, r *request) error {
	atomic, err := r.flag("atomic")
	if err != nil {
		return err
	}
	stop, err := r.flag("stop")
	if err != nil {
		return err
	}
	g, err := s.bulkGuarantee(r)
	if err != nil {
		return err
	}
	in := newLines(w, r.Body, s.options.BodyTime)
	if atomic {
		return s.bulkAtomic(w, r, g, in)
	}
	// HTTP/2 needs no such wish, and a recorder in a test cannot fulfil it.
	_ = http.NewResponseController(w).EnableFullDuplex()
	out := newStream(w, contract.TypeNDJSON)
	for {
		batch, more, err := readBatch(in, r.parameter("collection"))
		if err != nil {
			return s.bulkBroken(out, in, s.brokenBody(err))
		}
		if stop {
			batch = batch.untilBad()
		}
		results, err := s.writeBatch(r, g, batch)
		for _, result := range results {
			if err := out.line(result); err != nil {
				return err
			}
			more = more && !(stop && result.Error != nil)
		}
		if err != nil {
			return s.bulkBroken(out, in, err)
		}
		if err := out.flush(); err != nil || !more {
			return err
		}
	}
}

// bulkBroken ends a stream of results with the reason why the rest of the
// lines was not written.
func (s *Server) bulkBroken(out *stream, in *lines, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	if err := out.line(contract.BulkResult{Line: in.number, Error: problemOf(err)}); err != nil {
		return err
	}
	return out.flush()
}

// batch is a part of a bulk request that is written together.
type batch []bulkLine

// readBatch reads lines until there are many, or the next has not arrived.
func readBatch(in *lines, collection string) (b batch, more bool, err error) {
	size := 0
	for len(b) < batchLines && size < batchBytes {
		if len(b) > 0 && in.waiting() {
			break
		}
		text, err := in.next()
		if errors.Is(err, io.EOF) {
			return b, false, nil
		}
		if err != nil {
			return b, false, err
		}
		size += len(text)
		b = append(b, parseBulkLine(text, in.number, collection))
	}
	return b, true, nil
}

// untilBad cuts a batch after its first line that is not a proper write.
func (b batch) untilBad() batch {
	for i := range b {
		if b[i].err == nil {
			b[i].err = b[i].checkDocument()
		}
		if b[i].err != nil {
			return b[:i+1]
		}
	}
	return b
}
