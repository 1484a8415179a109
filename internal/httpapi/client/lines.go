package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// lines sends a request and yields the answer's NDJSON lines, each decoded
// into a T. An answer that ends early ends with an error. Breaking off closes
// the connection.
func lines[T any](ctx context.Context, c *Client, q call) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		q.accept = contract.TypeNDJSON
		answer, err := c.do(ctx, q)
		if err != nil {
			yield(zero, err)
			return
		}
		defer answer.Body.Close()
		r := bufio.NewReaderSize(answer.Body, 64<<10)
		for {
			line, err := r.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(line) == 0 {
				return
			}
			if err != nil {
				yield(zero, fmt.Errorf("the answer was cut off: %w", c.unreachable(ctx, err)))
				return
			}
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				yield(zero, fmt.Errorf("%w: %w", ErrAnswer, err))
				return
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}
