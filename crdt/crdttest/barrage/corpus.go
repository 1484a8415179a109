package barrage

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// header is the first line of a file of the engine; on each other one there is
// a value, written as a conversion in Go.
const header = "go test fuzz v1"

// readCorpus reads what was found for a target. What does not fit the target, as
// it took other values once, is passed over.
func readCorpus(dir, name string, types []reflect.Type) (all [][]any, err error) {
	files, err := os.ReadDir(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, name, f.Name()))
		if errors.Is(err, fs.ErrNotExist) { // the engine removes what it has made shorter
			continue
		}
		if err != nil {
			return nil, err
		}
		if in, err := parseInput(string(text), types); err == nil {
			all = append(all, in)
		}
	}
	return all, nil
}

var errInput = errors.New("not an input of this target")

// parseInput reads a file of the engine.
func parseInput(text string, types []reflect.Type) (in []any, err error) {
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	if lines[0] != header || len(lines) != 1+len(types) {
		return nil, errInput
	}
	for i, line := range lines[1:] {
		v, err := parseValue(line, types[i])
		if err != nil {
			return nil, err
		}
		in = append(in, v)
	}
	return in, nil
}

// parseValue reads []byte("…"), string("…"), uint64(7) or bool(true) as a value of a type.
func parseValue(line string, as reflect.Type) (any, error) {
	if !strings.HasPrefix(line, as.String()+"(") && !(as == bytesType && strings.HasPrefix(line, "[]byte(")) && !(as.Kind() == reflect.Uint8 && strings.HasPrefix(line, "byte(")) {
		return nil, errInput
	}
	e, err := parser.ParseExpr(line)
	if err != nil {
		return nil, err
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil, errInput
	}
	literal := line[call.Args[0].Pos()-1 : call.Args[0].End()-1]
	v := reflect.New(as).Elem()
	switch {
	case as == bytesType:
		s, err := strconv.Unquote(literal)
		return []byte(s), err
	case as.Kind() == reflect.String:
		s, err := strconv.Unquote(literal)
		return s, err
	case as.Kind() == reflect.Bool:
		return literal == "true", nil
	case v.CanInt():
		n, err := strconv.ParseInt(literal, 0, 64)
		v.SetInt(n)
		return v.Interface(), err
	case v.CanUint():
		n, err := strconv.ParseUint(literal, 0, 64)
		v.SetUint(n)
		return v.Interface(), err
	}
	return nil, errInput
}

var bytesType = reflect.TypeFor[[]byte]()

// writeInput writes an input as go test reads it again, below testdata of the
// package whose tests run.
func writeInput(name string, in []any) (file string, err error) {
	text := header + "\n"
	for _, v := range in {
		switch v := v.(type) {
		case []byte:
			text += fmt.Sprintf("[]byte(%q)\n", v)
		case string:
			text += fmt.Sprintf("string(%q)\n", v)
		default:
			text += fmt.Sprintf("%T(%v)\n", v, v)
		}
	}
	sum := sha256.Sum256([]byte(text))
	file = filepath.Join("testdata", "fuzz", name, fmt.Sprintf("%x", sum[:8]))
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return file, err
	}
	return file, os.WriteFile(file, []byte(text), 0o666)
}
