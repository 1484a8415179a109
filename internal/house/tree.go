package house

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// tree is the parsed repository.
type tree struct {
	folders []string // at the top level
	files   []*file  // in path order
	pages   []page   // in path order
	root    fs.FS
}

// file is one parsed Go file.
type file struct {
	path  string // relative to the root
	dir   string // its package: "crdt", "storage/badger", "." for the root
	test  bool
	lines int
	fset  *token.FileSet
	ast   *ast.File
}

// at makes a finding at a node of the file.
func (f *file) at(n ast.Node, rule, format string, args ...any) Finding {
	return Finding{f.path, f.fset.Position(n.Pos()).Line, rule, fmt.Sprintf(format, args...)}
}

// imports calls fn for each import with its path.
func (f *file) imports(fn func(spec *ast.ImportSpec, path string)) {
	for _, s := range f.ast.Imports {
		fn(s, strings.Trim(s.Path.Value, "`\""))
	}
}

func load(root fs.FS) (*tree, error) {
	t := &tree{root: root}
	ignored, err := ignoredFolders(root)
	if err != nil {
		return nil, err
	}
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := p != "." && strings.HasPrefix(d.Name(), ".")
		switch {
		case d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "node_modules" || slices.Contains(ignored, p)):
			return fs.SkipDir
		case d.IsDir():
			if p != "." && path.Dir(p) == "." {
				t.folders = append(t.folders, p)
			}
			return nil
		case hidden:
			return nil
		}
		switch path.Ext(p) {
		case ".go":
			return t.loadFile(p)
		case ".md":
			text, err := fs.ReadFile(root, p)
			t.pages = append(t.pages, page{p, string(text)})
			return err
		}
		return nil
	})
	return t, err
}

// ignoredFolders are the folders at the top level that .gitignore names, as "/bin/": who
// follows the README makes them, and they are no part of the repository.
func ignoredFolders(root fs.FS) (names []string, err error) {
	text, err := fs.ReadFile(root, ".gitignore")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "/"); ok && strings.HasSuffix(name, "/") {
			names = append(names, strings.TrimSuffix(name, "/"))
		}
	}
	return names, err
}

func (t *tree) loadFile(p string) error {
	src, err := fs.ReadFile(t.root, p)
	if err != nil || neverBuilt(src) {
		return err
	}
	f := &file{path: p, dir: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), fset: token.NewFileSet()}
	f.lines = bytes.Count(src, []byte("\n"))
	f.ast, err = parser.ParseFile(f.fset, p, src, parser.ParseComments|parser.SkipObjectResolution)
	t.files = append(t.files, f)
	return err
}

// neverBuilt reports whether a build constraint keeps the file out of every
// build ("never" or "ignore").
func neverBuilt(src []byte) bool {
	for line := range bytes.Lines(src) {
		s := strings.TrimSpace(string(line))
		if constraint.IsGoBuild(s) {
			return s == "//go:build never" || s == "//go:build ignore"
		}
		if s != "" && !strings.HasPrefix(s, "//") {
			return false
		}
	}
	return false
}
