package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// readInput is the JSON that an argument stands for: itself, stdin for "-", a
// file for "@FILE".
func readInput(argument string) ([]byte, error) {
	path, isFile := strings.CutPrefix(argument, "@")
	switch {
	case argument == "-":
		return readAll(os.Stdin, "stdin")
	case !isFile:
		return []byte(argument), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, cli.Usagef("%w", err)
	}
	defer f.Close()
	return readAll(f, path)
}

func readAll(r io.Reader, name string) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, contract.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > contract.MaxBody {
		return nil, fmt.Errorf("%s is longer than %d bytes", name, contract.MaxBody)
	}
	return b, nil
}

// scalar is the JSON of a value on the command line: JSON as it is, anything
// else as a text, so that "add people/ann /tags red" needs no quotes.
func scalar(argument string) json.RawMessage {
	if json.Valid([]byte(argument)) {
		return json.RawMessage(argument)
	}
	text, err := json.Marshal(argument)
	if err != nil {
		panic("crdtctl: marshal a text: " + err.Error()) // cannot happen
	}
	return text
}

// operations is the body of a patch with these operations; [] without any.
func operations(ops ...contract.Operation) ([]byte, error) {
	return json.Marshal(append([]contract.Operation{}, ops...))
}
