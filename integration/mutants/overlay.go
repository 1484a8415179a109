package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// switchName is the environment variable that turns on one of the mutants that
// were built together.
const switchName = "CRDTSTORE_MUTANT"

// tree is the sources with mutants in them, by path relative to the root.
type tree struct {
	root  string
	files map[string]string
}

func (t *tree) read(file string) (string, error) {
	if text, ok := t.files[file]; ok {
		return text, nil
	}
	text, err := os.ReadFile(filepath.Join(t.root, file))
	return string(text), err
}

// apply makes the edits of a mutant, for good.
func (t *tree) apply(m mutant) error {
	for _, e := range m.edits {
		text, err := t.read(e.file)
		if err != nil {
			return err
		}
		if err := e.once(text); err != nil {
			return err
		}
		t.files[e.file] = strings.Replace(text, e.old, e.new, 1)
	}
	return nil
}

func (e edit) once(text string) error {
	if n := strings.Count(text, e.old); n != 1 {
		return fmt.Errorf("%q is %d times in %s: say anew how it is broken", e.old, n, e.file)
	}
	return nil
}

// body is the inside of a function.
type body struct {
	from, to int
	results  bool
}

// bodyAround finds the function that holds all of [from, to).
func bodyAround(text string, from, to int) (b body, pkg string, ok bool, err error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.SkipObjectResolution)
	if err != nil {
		return b, "", false, err
	}
	for _, d := range f.Decls {
		fn, is := d.(*ast.FuncDecl)
		if !is || fn.Body == nil {
			continue
		}
		b := body{fset.Position(fn.Body.Lbrace).Offset + 1, fset.Position(fn.Body.Rbrace).Offset, fn.Type.Results != nil}
		if b.from <= from && to <= b.to {
			return b, f.Name.Name, true, nil
		}
	}
	return b, f.Name.Name, false, nil
}

// within reports whether all edits of a mutant lie inside functions, so that it
// can be built together with others.
func (m mutant) within(t *tree) bool {
	for _, e := range m.edits {
		text, err := os.ReadFile(filepath.Join(t.root, e.file))
		if err != nil {
			return false
		}
		at := strings.Index(string(text), e.old)
		if _, _, ok, err := bodyAround(string(text), at, at+len(e.old)); at < 0 || !ok || err != nil {
			return false
		}
	}
	return true
}

// add builds a mutant in, behind its switch: in front of what a function does
// stands what it does as a mutant.
func (t *tree) add(m mutant) error {
	type place struct {
		file string
		at   int // of the body, in the file as it is on disk
	}
	bodies, order := map[place]string{}, []place{}
	spans := map[place]body{}
	for _, e := range m.edits {
		source, err := os.ReadFile(filepath.Join(t.root, e.file))
		if err != nil {
			return err
		}
		text := string(source)
		if err := e.once(text); err != nil {
			return err
		}
		at := strings.Index(text, e.old)
		b, pkg, ok, err := bodyAround(text, at, at+len(e.old))
		if err != nil || !ok {
			return fmt.Errorf("%s: not within a function: %w", e.file, err)
		}
		t.files[filepath.Join(filepath.Dir(e.file), "mutant_switch.go")] = "package " + pkg + "\n\nimport \"os\"\n\nvar mutantSwitch = os.Getenv(\"" + switchName + "\")\n"
		p := place{e.file, b.from}
		if _, seen := bodies[p]; !seen {
			bodies[p], spans[p] = text[b.from:b.to], b
			order = append(order, p)
		}
		bodies[p] = strings.Replace(bodies[p], e.old, e.new, 1)
	}
	for _, p := range order {
		end := "\n"
		if !spans[p].results {
			end = "\nreturn\n"
		}
		source, err := os.ReadFile(filepath.Join(t.root, p.file))
		if err != nil {
			return err
		}
		original := string(source[p.at:spans[p].to])
		text, err := t.read(p.file)
		if err != nil {
			return err
		}
		at := strings.Index(text, original+"}") // what earlier mutants put there comes in front of it
		if at < 0 || strings.Count(text, original+"}") != 1 {
			return fmt.Errorf("%s: a function that is there twice", p.file)
		}
		t.files[p.file] = text[:at] + "\nif mutantSwitch == \"" + m.name + "\" {" + bodies[p] + end + "}\n" + text[at:]
	}
	return nil
}

// write makes the overlay file for the go command in dir.
func (t *tree) write(dir string) (file string, err error) {
	replace := map[string]string{}
	for name, text := range t.files {
		to := filepath.Join(dir, strings.ReplaceAll(name, string(filepath.Separator), "_"))
		if err := os.WriteFile(to, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[filepath.Join(t.root, name)] = to
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, b, 0o600)
}
