package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestKeptDraftSaysWhatIsKnown: a text is never lost, and nobody is told that
// nothing was written where that is not known.
func TestKeptDraftSaysWhatIsKnown(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, c := range []struct {
		name         string
		reason       error
		code         int
		outcome, can string
	}{
		{"no node", fmt.Errorf("%w: %w", client.ErrUnreachable, syscall.ECONNREFUSED), cli.ExitUnreachable, "nothing was written", "when the node is back: crdtctl put"},
		{"cut off", fmt.Errorf("%w: %w", client.ErrUnreachable, io.EOF), cli.ExitUnreachable, "it is not known whether it was written", "see with crdtctl get c/k; if it was not: crdtctl put"},
		{"base gone", contract.NewProblem(contract.CodeBaseGone, "gone", ""), cli.ExitVersion, "nothing was written", "crdtctl edit c/k again"},
		{"refused", contract.NewProblem(contract.CodeTooLarge, "large", ""), cli.ExitFailure, "nothing was written", "when it is mended: crdtctl put c/k @"},
		{"not allowed", contract.NewProblem(contract.CodeUnauthorized, "token", ""), cli.ExitNotAllowed, "nothing was written", "crdtctl put c/k @"},
	} {
		w, err := newDraft("c/k", client.Document{JSON: []byte(`{"a":1}`), Version: "v"})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(w.path, 0o666); err != nil { // as an editor may
			t.Fatal(err)
		}
		err = w.keep(c.reason, mended)
		var exit *cli.ExitError
		if !errors.As(err, &exit) || exit.Code != c.code || !errors.Is(err, c.reason) ||
			!strings.HasPrefix(err.Error(), c.outcome+": ") || !strings.Contains(err.Error(), w.path) || !strings.Contains(exit.Hint, c.can) {
			t.Errorf("%s: %+v", c.name, exit)
		}
		if info, err := os.Stat(w.path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", c.name, info, err)
		}
		if info, err := os.Stat(filepath.Dir(w.path)); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: directory %v %v", c.name, info, err)
		}
	}
}

// TestFileNamesAreHarmless: whatever the address, the file is in its directory.
func TestFileNamesAreHarmless(t *testing.T) {
	for address, want := range map[string]string{
		"c/k": "c_k.json", "c/../../etc": "c_.._.._etc.json", "c/$(x) 'y'": "c___x___y_.json",
		"c/é": "c__.json", "c/" + strings.Repeat("k", 900): "c_" + strings.Repeat("k", 98) + ".json",
	} {
		if got := fileName(address); got != want || filepath.Base(got) != got {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
