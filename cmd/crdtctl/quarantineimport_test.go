package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt/crdttest/alloc"
	"github.com/crdtstore/crdtstore/crdt/crdttest/barrage"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// fileOf is a file of a quarantine with these lines between its first and its last.
func fileOf(lines string) []byte {
	text := "{\"crdtstore-quarantine\":1}\n" + lines
	sum := sha256.Sum256([]byte(text))
	return []byte(text + "{\"sha256\":\"" + hex.EncodeToString(sum[:]) + "\"}\n")
}

// FuzzReadQuarantine: a file that somebody else may have written is read without more memory
// than it is long, and one that is cut off anywhere is not taken for whole.
func FuzzReadQuarantine(f *testing.F) {
	for _, s := range []string{"", "{\"id\":1,\"kind\":\"record\",\"collection\":\"c\",\"key\":\"k\",\"raw\":\"eA==\"}\n", "{}\n", "[]\n", "{\"raw\":5}\n"} {
		f.Add(fileOf(s))
		f.Add([]byte(s))
	}
	f.Add([]byte("{\"crdtstore-quarantine\":2}\n"))
	barrage.Fuzz(f, func(t *testing.T, file []byte) {
		read := func(file []byte) (n int, err error) {
			err = readQuarantine(bytes.NewReader(file), func(int, contract.Quarantined) error { n++; return nil })
			return n, err
		}
		var err error
		// A line takes what one of the quarantine takes, be it empty.
		alloc.Bounded(t, len(file)+64*(bytes.Count(file, []byte("\n"))+1), func() { _, err = read(file) })
		whole := fileOf(string(file))
		if _, wrapped := read(whole); err == nil && wrapped == nil {
			t.Errorf("%q was read, and also as the inside of a file", file)
		}
		if err != nil {
			return
		}
		for _, n := range []int{0, len(file) / 2, len(file) - 3} {
			if _, err := read(file[:n]); err == nil {
				t.Errorf("%q, cut off at %d, was read", file, n)
			}
		}
	})
}

// TestReadQuarantineLines: a line longer than one can be ends it, with its number.
func TestReadQuarantineLines(t *testing.T) {
	long := "{\"reason\":\"" + strings.Repeat("a", contract.MaxQuarantinedBody) + "\"}\n"
	err := readQuarantine(bytes.NewReader(fileOf("{\"id\":1}\n"+long)), func(line int, q contract.Quarantined) error {
		if line != 2 || q.ID != 1 {
			t.Errorf("line %d holds number %d", line, q.ID)
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "line 3 is longer than") || strings.Contains(err.Error(), "too early") {
		t.Errorf("it says %v", err)
	}
}
