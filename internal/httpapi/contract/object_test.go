package contract_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestDecodeObject: what encoding/json would let pass in silence is refused.
func TestDecodeObject(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{`{"key":"k","doc":{"a":1,"a":2},"ifAbsent":true}`, ""}, // the document is not looked into
		{` {"key":"k"} ` + "\n", ""},
		{`{"key":"k","key":"l","doc":1}`, `"key" is given twice`},
		{`{"key":"k","doc":1,"doc":1}`, `"doc" is given twice`},
		{`{"Key":"k","doc":1}`, `unknown member "Key"`},
		{`{"key":"k","dcs":1}`, `unknown member "dcs"`},
		{`[1]`, `an object is expected`},
		{`"k"`, `an object is expected`},
		{``, `the text ends`},
		{`{"key":"k"`, `malformed JSON`},
		{`{"key":"k",`, `malformed JSON`},
		{`{"key":`, `malformed JSON`},
		{`{"key":}`, `malformed JSON`},
		{`{"key":"k"}{}`, `something follows`},
		{`{"ifVersion":7}`, `"ifVersion" is not a text`},
		{`{"delete":"yes"}`, `"delete" is not a boolean`},
	} {
		var line contract.BulkLine
		err := contract.DecodeObject([]byte(c.raw), &line)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.raw, err, c.want)
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %v looks like the end of the input", c.raw, err)
		}
		if err != nil && strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v speaks of Go", c.raw, err)
		}
	}
}
