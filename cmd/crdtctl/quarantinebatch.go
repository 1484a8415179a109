package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// quarantineBatch is about how many bytes are sent together, for thousands of small things to be few
// commits. One thing may be longer.
const quarantineBatch = 1 << 20

// quarantining is what is put into quarantine out of a file.
type quarantining struct {
	s             *session
	path          string
	kept, refused int

	body  []byte
	from  int // line in the file of the first in body
	names []string
}

// add takes one that is in a line of the file, and sends what has come together before it would be too long.
func (in *quarantining) add(ctx context.Context, line int, q contract.Quarantined) error {
	text, err := json.Marshal(q)
	if err != nil {
		return err
	}
	if len(in.body) > 0 && len(in.body)+len(text) > quarantineBatch {
		if err := in.send(ctx); err != nil {
			return err
		}
	}
	if len(in.body) == 0 {
		in.from = line
	}
	in.body = append(append(in.body, text...), '\n')
	in.names = append(in.names, fmt.Sprintf("number %d, %s", q.ID, cli.Safe(address(q))))
	return nil
}

// send puts what has come together into quarantine, and names what is refused.
func (in *quarantining) send(ctx context.Context) error {
	if len(in.body) == 0 {
		return nil
	}
	got, err := in.s.KeepQuarantined(ctx, in.body)
	if err != nil {
		return fmt.Errorf("from line %d on: %w", in.from, err)
	}
	in.kept += got.Kept
	for _, r := range got.Refused {
		if r.Line < 1 || r.Line > len(in.names) {
			continue // of a node that counts otherwise
		}
		line := in.from + r.Line - 1
		if r.Error.Code != contract.CodeQuarantined {
			return fmt.Errorf("from line %d on: %w", line, &r.Error)
		}
		in.refused++
		if _, err := fmt.Fprintf(os.Stderr, "crdtctl: %s: line %d: %s: %s\n", cli.Safe(in.path), line, in.names[r.Line-1], cli.Safe(r.Error.Error())); err != nil {
			return err
		}
	}
	in.body, in.names = nil, nil
	return nil
}
