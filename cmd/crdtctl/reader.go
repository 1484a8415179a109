package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// document is one document of an import.
type document struct {
	line            int
	collection, key string
	doc             json.RawMessage
}

// reader reads the documents of an import: one JSON value a line, or the
// elements of one array.
type reader struct {
	collection string       // of all lines; "" when they name theirs
	plain      bool         // lines are documents, with the key at pointer
	pointer    crdt.Pointer // of the key

	values valueReader
}

// valueReader yields JSON values with the line they begin at; io.EOF at the
// end. A *lineError is about one value, and reading goes on behind it.
type valueReader interface {
	next() (value []byte, line int, err error)
	offset() int64
}

// byteOrderMark stands before the text of some programs, and says nothing.
const byteOrderMark = "\ufeff"

// open looks at the first byte that is no white space, to see what r holds.
func (r *reader) open(in io.Reader) {
	buffered := bufio.NewReaderSize(in, 64<<10)
	skipped := &lineReader{r: buffered}
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		n, _ := buffered.Discard(len(mark)) // it was just read
		skipped.read = int64(n)
	}
	for {
		c, err := buffered.ReadByte()
		switch {
		case err == nil && bytes.IndexByte([]byte(" \t\r\n"), c) >= 0:
			skipped.read++
			if c == '\n' {
				skipped.line++
			}
			continue
		case err == nil:
			_ = buffered.UnreadByte() // it was just read
			if c == '[' {
				r.values = newArrayReader(buffered, skipped.line)
				return
			}
		}
		r.values = skipped // an error shows again at the next read
		return
	}
}

// offset is how many bytes were read.
func (r *reader) offset() int64 { return r.values.offset() }

// next is the next document. A *lineError is about one line.
func (r *reader) next() (document, error) {
	value, line, err := r.values.next()
	if err != nil {
		return document{}, err
	}
	d := document{line: line, collection: r.collection}
	if !utf8.Valid(value) {
		return d, &lineError{line, "", errors.New("not UTF-8")}
	}
	if r.plain {
		d.doc = value
		d.key, err = keyAt(value, r.pointer)
	} else {
		err = d.exported(value)
	}
	if err == nil && d.collection == "" {
		err = errors.New("it names no collection: give one, as in import COLL FILE")
	}
	if err == nil {
		err = crdt.CheckCollection(d.collection)
	}
	if err == nil {
		err = crdt.CheckKey(d.key)
	}
	if err != nil {
		return d, &lineError{line, "", err}
	}
	return d, nil
}

// exported reads a line as export, or a list of documents, writes it.
func (d *document) exported(value []byte) error {
	var line struct {
		Collection contract.Text   `json:"collection"`
		Key        *contract.Text  `json:"key"`
		Doc        json.RawMessage `json:"doc"`
		Version    string          `json:"version"`
		Conflicts  bool            `json:"conflicts"`
	}
	if err := contract.DecodeObject(value, &line); err != nil {
		if json.Valid(value) {
			return fmt.Errorf("not a line {\"key\":…,\"doc\":…} (plain documents need --key): %w", err)
		}
		return err
	}
	if line.Key == nil || line.Doc == nil {
		return errors.New("not a line {\"key\":…,\"doc\":…} (plain documents need --key)")
	}
	if line.Collection != "" {
		if d.collection != "" && d.collection != string(line.Collection) {
			return fmt.Errorf("it is of the collection %q, not %q", line.Collection, d.collection)
		}
		d.collection = string(line.Collection)
	}
	d.key, d.doc = string(*line.Key), line.Doc
	return nil
}

// keyAt is the text, or the number, at a pointer into a document.
func keyAt(doc []byte, pointer crdt.Pointer) (string, error) {
	if !json.Valid(doc) {
		var v any
		return "", fmt.Errorf("malformed JSON: %w", json.Unmarshal(doc, &v))
	}
	at := json.RawMessage(doc)
	for _, name := range pointer {
		var fields map[string]json.RawMessage
		if json.Unmarshal(at, &fields) != nil {
			at = nil
			break
		}
		at = fields[name]
	}
	var text contract.Text
	var number json.Number
	switch {
	case at == nil || string(at) == "null":
		return "", fmt.Errorf("no key at %s", pointer)
	case at[0] == '"':
		err := json.Unmarshal(at, &text)
		return string(text), err
	case json.Unmarshal(at, &number) == nil:
		return number.String(), nil
	default:
		return "", fmt.Errorf("the key at %s is neither a text nor a number", pointer)
	}
}
