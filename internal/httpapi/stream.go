package httpapi

import (
	"iter"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// writeTime is how long a client may take to read one part of a stream. Who
// is slower is cut, so that nobody holds a snapshot for ever.
const writeTime = time.Minute

// stream writes an answer without a known end, a line at a time. Lines are
// collected up to the size of a packet or until flush.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buffer  []byte
}

// newStream begins the answer.
func newStream(w http.ResponseWriter, mediaType string) *stream {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(http.StatusOK)
	return &stream{w: w, control: http.NewResponseController(w)}
}

// bufferSize is how much is collected before it is sent on.
const bufferSize = 32 << 10

// streamed writes a line for each of all, as of one moment. The answer begins with
// the first, so that an error before it has its status.
func streamed[T, L any](w http.ResponseWriter, all iter.Seq2[T, error], line func(T) L) error {
	var out *stream
	for v, err := range all {
		if err != nil {
			return err
		}
		if out == nil {
			out = newStream(w, contract.TypeNDJSON)
		}
		if err := out.line(line(v)); err != nil {
			return err
		}
	}
	if out == nil {
		out = newStream(w, contract.TypeNDJSON)
	}
	return out.flush()
}

// line writes v's JSON and a line feed.
func (s *stream) line(v any) error {
	text, err := encode(v)
	if err != nil {
		return err
	}
	return s.text(text)
}

// text writes bytes as they are.
func (s *stream) text(b []byte) error {
	s.buffer = append(s.buffer, b...)
	if len(s.buffer) < bufferSize {
		return nil
	}
	return s.flush()
}

// flush sends what was collected to the client.
func (s *stream) flush() error {
	// A connection without deadlines (in tests) is written without one.
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTime))
	if len(s.buffer) > 0 {
		if _, err := s.w.Write(s.buffer); err != nil {
			return err
		}
		s.buffer = s.buffer[:0]
	}
	return s.control.Flush()
}
