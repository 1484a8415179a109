package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// How much one request of an import carries at most. A request is small
// enough that a node answers it in a moment, and what was answered is written.
const (
	importLines = 1000
	importBytes = 1 << 20
)

// importer writes documents in requests of many lines.
type importer struct {
	*session
	conditions client.Conditions // of acks
	keepGoing  bool
	out        io.Writer // for messages
	bar        *cli.Progress

	body  bytes.Buffer
	lines []int // the line of the input that each line of body is from

	written, created, changed, failed int

	unsure error // the first document that too few peers had on disk in time
}

// run writes everything that in yields. It returns the first bad line unless
// it keeps going.
func (w *importer) run(ctx context.Context, in *reader) error {
	for {
		d, err := in.next()
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			err = w.flush(ctx)
			w.bar.Set(in.offset())
			return err
		case errors.As(err, &bad):
			// What stands before the bad line is written first, in order.
			if err := w.flush(ctx); err != nil {
				return err
			}
			if err := w.refuse(bad); err != nil {
				return err
			}
			continue
		case err != nil:
			return errors.Join(w.flush(ctx), err)
		}
		if err := w.add(d); err != nil {
			return err
		}
		if len(w.lines) >= importLines || w.body.Len() >= importBytes {
			if err := w.flush(ctx); err != nil {
				return err
			}
			w.bar.Set(in.offset())
		}
	}
}

// add puts a document into the next request.
func (w *importer) add(d document) error {
	line, err := json.Marshal(contract.BulkLine{Collection: contract.Text(d.collection), Key: contract.Text(d.key), Doc: d.doc})
	if err != nil {
		return err
	}
	w.body.Write(append(line, '\n'))
	w.lines = append(w.lines, d.line)
	return nil
}

// flush sends the request and counts its results.
func (w *importer) flush(ctx context.Context) error {
	if len(w.lines) == 0 {
		return nil
	}
	lines, answered := w.lines, 0
	body := bytes.NewReader(w.body.Bytes())
	for result, err := range w.Bulk(ctx, body, client.BulkOptions{Stop: !w.keepGoing, Acks: w.conditions.Acks, Timeout: w.conditions.Timeout}) {
		if err != nil {
			return err
		}
		if result.Line < 1 || result.Line > len(lines) {
			return fmt.Errorf("%w: a result for line %d of %d", client.ErrAnswer, result.Line, len(lines))
		}
		answered++
		late := result.Error != nil && result.Error.Code == contract.CodeAcks
		if late && w.unsure == nil {
			w.unsure = fmt.Errorf("line %d: key %q: %w", lines[result.Line-1], result.Key, result.Error)
		}
		if result.Error != nil && !late {
			if err := w.refuse(&lineError{lines[result.Line-1], result.Key, result.Error}); err != nil {
				return err
			}
			continue
		}
		w.written++
		if result.Created {
			w.created++
		} else if result.Changed {
			w.changed++
		}
	}
	if w.unsure != nil && !w.keepGoing {
		return w.unsure
	}
	if answered < len(lines) {
		return fmt.Errorf("%w: %d results for %d lines", client.ErrAnswer, answered, len(lines))
	}
	w.body.Reset()
	w.lines = w.lines[:0]
	return nil
}

// refuse counts a bad line: it is reported here when the import goes on, and
// ends it otherwise.
func (w *importer) refuse(bad *lineError) error {
	w.failed++
	if !w.keepGoing {
		return bad
	}
	fmt.Fprintf(w.out, "crdtctl: %s\n", cli.Safe(bad.Error()))
	return nil
}

// report says what was done.
func (w *importer) report(err error) {
	stopped := ""
	if err != nil {
		stopped = ", then stopped"
	}
	fmt.Fprintf(w.out, "crdtctl: imported %s: %d new, %d changed, %d unchanged%s\n",
		cli.Counted(w.written, "document"), w.created, w.changed, w.written-w.created-w.changed, stopped)
}

// lineError is why one line of an import is bad.
type lineError struct {
	line int // 1 is the first
	key  string
	err  error
}

// Error says which line, and why.
func (e *lineError) Error() string {
	if e.key == "" {
		return fmt.Sprintf("line %d: %v", e.line, e.err)
	}
	return fmt.Sprintf("line %d: key %q: %v", e.line, e.key, e.err)
}

// Unwrap returns the reason.
func (e *lineError) Unwrap() error { return e.err }
