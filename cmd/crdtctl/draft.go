package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/crdtstore/crdtstore/crdt"
	"github.com/crdtstore/crdtstore/internal/cli"
	"github.com/crdtstore/crdtstore/internal/httpapi/client"
)

// draft is a document in a file that somebody edits. The file is in a
// directory of its own that only its owner may read: editors leave copies
// beside what they edit.
type draft struct {
	address string
	base    string // the version that is edited
	path    string
	before  []byte // what was in the file at first
}

// newDraft writes the document, indented, into a new file.
func newDraft(address string, d client.Document) (*draft, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, d.JSON, "", "  "); err != nil {
		return nil, fmt.Errorf("%s: %w", address, err)
	}
	text.WriteByte('\n')
	dir, err := os.MkdirTemp("", "crdtctl-edit-")
	if err != nil {
		return nil, err
	}
	w := &draft{address: address, base: d.Version, path: filepath.Join(dir, fileName(address)),
		before: cli.SafeJSON(text.Bytes())} // an editor is on a terminal
	if err := os.WriteFile(w.path, w.before, 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return w, nil
}

// fileName is an address as the name of a file: what a shell or a file system
// could take for something else is a _.
func fileName(address string) string {
	plain := func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}
	name := strings.Map(plain, address)
	return name[:min(len(name), 100)] + ".json"
}

// read is what is in the file now.
func (w *draft) read() ([]byte, error) {
	f, err := os.Open(w.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, w.path)
}

// unchanged reports whether text says what was in the file at first.
func (w *draft) unchanged(text []byte) bool {
	var a, b bytes.Buffer
	return bytes.Equal(text, w.before) ||
		json.Compact(&a, text) == nil && json.Compact(&b, w.before) == nil && bytes.Equal(a.Bytes(), b.Bytes())
}

// check refuses what is no document; the line is said where it is known.
func (w *draft) check(text []byte) error {
	var any json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, &any); errors.As(err, &syntax) {
		before := text[:min(int(syntax.Offset), len(text))]
		return fmt.Errorf("line %d: malformed JSON: %w", 1+bytes.Count(before, []byte("\n")), err)
	}
	_, err := crdt.ParseJSON(text)
	return err
}

// discard removes the file and what editors have left beside it.
func (w *draft) discard() error { return os.RemoveAll(filepath.Dir(w.path)) }

// keep says why nothing was written, where the text is, and when to write it
// with which command. The exit code is that of the reason.
func (w *draft) keep(reason error, when string) error {
	if err := os.Chmod(w.path, 0o600); err != nil { // an editor may have made another file
		return errors.Join(reason, err)
	}
	code, outcome := cli.ExitCode(withExit(reason)), "nothing was written"
	switch {
	case errors.Is(reason, syscall.ECONNREFUSED):
		when = "when the node is back"
	case code == cli.ExitUnreachable: // the change, written twice, would count twice
		outcome = "it is not known whether it was written"
		when = fmt.Sprintf("when the node is back, see with crdtctl get %s; if it was not", shellWord(w.address))
	}
	hint := fmt.Sprintf("%s: crdtctl put %s @%s --base %s", when, shellWord(w.address), shellWord(w.path), w.base)
	if code == cli.ExitVersion { // the base is gone
		hint = fmt.Sprintf("crdtctl edit %s again, and carry over what you have changed", shellWord(w.address))
	}
	return &cli.ExitError{Code: code, Hint: hint, Err: fmt.Errorf("%s: %w\nyour text is kept in %s", outcome, reason, w.path)}
}

// shellWord quotes a word for a shell where it needs to be.
func shellWord(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("/._-+:@%", r))
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
