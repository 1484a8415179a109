package cli

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/itchyny/gojq"
)

// Query is a compiled --jq expression.
type Query struct{ code *gojq.Code }

// ParseQuery compiles a jq expression. It returns a usage error when the
// expression is not one. It sees no file and no environment variable.
func ParseQuery(expression string) (*Query, error) {
	parsed, err := gojq.Parse(expression)
	if err != nil {
		return nil, Usagef("--jq %q: %v", Safe(expression), err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, Usagef("--jq %q: %v", Safe(expression), err)
	}
	return &Query{code: code}, nil
}

// Run applies the expression to one JSON value and gives every result to
// yield, as compact JSON. Numbers keep the digits they came with.
func (q *Query) Run(value []byte, yield func(result []byte) error) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.UseNumber()
	var input any
	if err := d.Decode(&input); err != nil {
		return fmt.Errorf("--jq: %w", err)
	}
	results := q.code.Run(input)
	for {
		result, ok := results.Next()
		if !ok {
			return nil
		}
		if err, bad := result.(error); bad {
			return fmt.Errorf("--jq: %w", err)
		}
		text, err := gojq.Marshal(result)
		if err != nil {
			return fmt.Errorf("--jq: %w", err)
		}
		if err := yield(text); err != nil {
			return err
		}
	}
}
