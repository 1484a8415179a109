package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// change is a text of the tree that a faked next version has another one for.
type change struct{ file, was, is string }

// nextVersion is what a faked next version does otherwise. It announces features of which nobody
// has heard; knows a kind of value that comes only with it (a text that begins with "next:"); writes
// documents of a next format (where "format two" is in them), deeper ones, and the next format of
// stores and archives.
var nextVersion = []change{
	{"sync/features.go", `return []string{`, `return []string{"shiny", "even shinier", `},
	{"crdt/entry.go", `k <= KindText }`, `k <= KindText || k == 9 }`},
	{"crdt/put.go", "func (e *edit) register(v Value) node {\n\treturn node{entries: []entry{e.w.entry(KindRegister, v)}}", `func (e *edit) register(v Value) node {
	if len(v) > 6 && (v[1:6] == "next:" || v[2:7] == "next:") {
		return node{entries: []entry{e.w.entry(9, v)}}
	}
	return node{entries: []entry{e.w.entry(KindRegister, v)}}`},
	{"crdt/put.go", `if f.plain.form != formScalar {`, `if v := f.plain.value; f.plain.form != formScalar || len(v) > 6 && (v[1:6] == "next:" || v[2:7] == "next:") {`},
	{"crdt/encode.go", "\treturn s.append(b)", `	for i := start; i+10 <= len(b); i++ {
		if string(b[i:i+10]) == "format two" {
			b[start+1] = 2
		}
	}
	return s.append(b)`},
	{"crdt/decode.go", `v != formatVersion {`, `v != formatVersion && v != 2 {`},
	{"crdt/printjson.go", `version != formatVersion {`, `version != formatVersion && version != 2 {`},
	{"crdt/document.go", `MaxDepth    = 64 `, `MaxDepth    = 80 `},
	{"storage/open.go", `const formatNumber = `, `const formatNumber = 1 + `},
	{"storage/archive/header.go", `const format = `, `const format = 1 + `},
}

// overlay writes the changed files, for the flag -overlay of go build.
func overlay(dir string, all []change) (string, error) {
	root, err := filepath.Abs("..")
	if err != nil {
		return "", err
	}
	texts := map[string]string{}
	for _, c := range all {
		path := filepath.Join(root, c.file)
		if texts[path] == "" {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			texts[path] = string(b)
		}
		if strings.Count(texts[path], c.was) != 1 {
			return "", fmt.Errorf("%s: %q is not there once", c.file, c.was)
		}
		texts[path] = strings.Replace(texts[path], c.was, c.is, 1)
	}
	replace := map[string]string{}
	for path, text := range texts {
		as := filepath.Join(dir, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(as, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = as
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, b, 0o600)
}

// next are the programs of the next version, built when they are first asked for.
var next = sync.OnceValues(func() (dir string, err error) {
	dir = filepath.Join(filepath.Dir(program.crdtd), "next")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file, err := overlay(dir, nextVersion)
	if err != nil {
		return "", err
	}
	args := []string{"build", "-overlay", file, "-o", dir + string(filepath.Separator)}
	if raceEnabled {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, "../cmd/crdtd", "../cmd/crdtctl")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the next version: %w\n%s", err, out)
	}
	return dir, nil
})

// nextProgram is the path of a program of the next version.
func nextProgram(t testing.TB, name string) string {
	t.Helper()
	dir, err := next()
	must(t, err)
	return filepath.Join(dir, name)
}

// upgraded makes the peer one of the next version, from its next start on.
func (p *peer) upgraded() *peer {
	p.t.Helper()
	p.bin = nextProgram(p.t, "crdtd")
	return p
}
