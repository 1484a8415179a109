package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// lineReader yields the lines of NDJSON that are not blank.
type lineReader struct {
	r    *bufio.Reader
	line int // lines read
	read int64
}

func (l *lineReader) offset() int64 { return l.read }

func (l *lineReader) next() ([]byte, int, error) {
	for {
		var value []byte
		for {
			part, err := l.r.ReadSlice('\n')
			l.read += int64(len(part))
			if len(value) <= contract.MaxBody { // a longer line is read to its end, and refused
				value = append(value, part...)
			}
			if errors.Is(err, bufio.ErrBufferFull) {
				continue
			}
			if err != nil && (!errors.Is(err, io.EOF) || len(value) == 0) {
				return nil, 0, err
			}
			break
		}
		l.line++
		if len(value) > contract.MaxBody {
			return nil, l.line, &lineError{l.line, "", fmt.Errorf("longer than %d bytes", contract.MaxBody)}
		}
		if value = bytes.TrimSpace(value); len(value) > 0 {
			return value, l.line, nil
		}
	}
}

// arrayReader yields the elements of one JSON array.
type arrayReader struct {
	d     *json.Decoder
	lines *lineCounter
	begun bool
}

func newArrayReader(r io.Reader, line int) *arrayReader {
	lines := &lineCounter{r: r, line: line + 1}
	return &arrayReader{d: json.NewDecoder(lines), lines: lines}
}

func (a *arrayReader) offset() int64 { return a.d.InputOffset() }

func (a *arrayReader) next() ([]byte, int, error) {
	if !a.begun {
		a.begun = true
		if _, err := a.d.Token(); err != nil {
			return nil, 0, a.broken(err)
		}
	}
	if !a.d.More() {
		if _, err := a.d.Token(); err != nil {
			return nil, 0, a.broken(err)
		}
		if _, err := a.d.Token(); !errors.Is(err, io.EOF) {
			return nil, 0, a.broken(errors.New("something follows the array"))
		}
		return nil, 0, io.EOF
	}
	var value json.RawMessage
	if err := a.d.Decode(&value); err != nil {
		return nil, 0, a.broken(err)
	}
	line := a.lines.at(a.d.InputOffset()) - bytes.Count(value, []byte("\n"))
	if len(value) > contract.MaxBody {
		return nil, line, &lineError{line, "", fmt.Errorf("longer than %d bytes", contract.MaxBody)}
	}
	var compact bytes.Buffer // on one line, as it is sent
	if err := json.Compact(&compact, value); err != nil {
		return nil, 0, a.broken(err)
	}
	return compact.Bytes(), line, nil
}

// broken ends an array that is not JSON: what follows cannot be told apart.
func (a *arrayReader) broken(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	at := a.d.InputOffset()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = syntax.Offset
	}
	return fmt.Errorf("line %d: malformed JSON array: %w", a.lines.at(at), err)
}

// lineCounter knows at which line an offset of what it read is. It keeps only
// the line feeds behind the last offset it was asked for.
type lineCounter struct {
	r     io.Reader
	read  int64
	line  int // of everything before feeds
	feeds []int64
}

// Read notes the line feeds that pass.
func (c *lineCounter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\n' {
			c.feeds = append(c.feeds, c.read+int64(i))
		}
	}
	c.read += int64(n)
	return n, err
}

// at is the line of an offset; offsets must not go back.
func (c *lineCounter) at(offset int64) int {
	passed := 0
	for passed < len(c.feeds) && c.feeds[passed] < offset {
		passed++
	}
	c.line += passed
	c.feeds = c.feeds[passed:]
	return c.line
}
