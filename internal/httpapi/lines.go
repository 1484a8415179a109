package httpapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// lines reads a body line by line with bounded memory.
type lines struct {
	r       *bufio.Reader
	control *http.ResponseController
	limit   time.Duration // for the next line to arrive
	number  int           // of the line read last; 1 is the first
}

func newLines(w http.ResponseWriter, body io.Reader, limit time.Duration) *lines {
	return &lines{r: bufio.NewReaderSize(body, 64<<10), control: http.NewResponseController(w), limit: limit}
}

// next returns the next line that is not blank, without its end; io.EOF after
// the last. The bytes are the caller's.
func (l *lines) next() ([]byte, error) {
	for {
		// A connection without deadlines (in tests) is read without one.
		// It is for this line alone: while lines are written none passes.
		_ = l.control.SetReadDeadline(time.Now().Add(l.limit))
		line, err := l.read()
		_ = l.control.SetReadDeadline(time.Time{})
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return nil, err
		}
		l.number++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			return line, nil
		}
	}
}

// read returns one line with its end.
func (l *lines) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > contract.MaxBody {
			return nil, contract.NewProblem(contract.CodeTooLarge, fmt.Sprintf("line %d is longer than %d bytes", l.number+1, contract.MaxBody), "")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// waiting reports whether the next line has not arrived yet.
func (l *lines) waiting() bool { return l.r.Buffered() == 0 }
