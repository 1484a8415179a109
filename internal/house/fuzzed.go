package house

import (
	"go/ast"
	"slices"
	"strings"
)

// decoders are the beginnings of the names of functions that read bytes, or text,
// which somebody else may have written.
var decoders = []string{"Decode", "Parse", "Unmarshal"}

// typed are texts that the user of this machine has typed, for himself: as
// "path function".
var typed = []string{"internal/cli/query.go ParseQuery"}

// fuzzed reports exported decoders that no fuzz target calls, and fuzz targets
// that do not look at how much memory is taken, or cannot be given many inputs. A target counts with the functions
// of its package that it calls.
func fuzzed(t *tree) (found []Finding) {
	called := map[string]bool{} // names of functions, by a target
	for _, dir := range t.testDirs() {
		funcs := t.testFuncs(dir)
		for name, fn := range funcs {
			if !strings.HasPrefix(name, "Fuzz") {
				continue
			}
			names := map[string]bool{}
			mentions(fn.decl, funcs, names)
			for n := range names {
				called[n] = true
			}
			if !names["barrage"] {
				found = append(found, fn.file.at(fn.decl, "fuzz", "%s is not run by barrage.Fuzz: it would be given few inputs", name))
			}
			if !names["Bounded"] && !names["BoundedOnce"] {
				found = append(found, fn.file.at(fn.decl, "fuzz", "%s does not call alloc.Bounded: bytes of others must not take more memory than they are long", name))
			}
		}
	}
	for _, f := range t.files {
		if f.test || within(f.dir, "integration") || within(f.dir, "crdt/crdttest") {
			continue
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || !isDecoder(fn.Name.Name) || called[fn.Name.Name] || slices.Contains(typed, f.path+" "+fn.Name.Name) {
				continue
			}
			if fn.Recv != nil && !ast.IsExported(receiver(fn)) {
				continue
			}
			found = append(found, f.at(fn, "fuzz", "no fuzz target calls %s", fn.Name.Name))
		}
	}
	return found
}

func isDecoder(name string) bool {
	return slices.ContainsFunc(decoders, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// receiver is the name of the type that a method belongs to.
func receiver(fn *ast.FuncDecl) string {
	name := ""
	ast.Inspect(fn.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return true
	})
	return name
}

// testFunc is a function of a test file.
type testFunc struct {
	file *file
	decl *ast.FuncDecl
}

// testDirs are the folders with test files.
func (t *tree) testDirs() (dirs []string) {
	for _, f := range t.files {
		if f.test && !slices.Contains(dirs, f.dir) {
			dirs = append(dirs, f.dir)
		}
	}
	return dirs
}

// testFuncs are the functions, without methods, of the test files of a folder.
func (t *tree) testFuncs(dir string) map[string]testFunc {
	all := map[string]testFunc{}
	for _, f := range t.files {
		if !f.test || f.dir != dir {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				all[fn.Name.Name] = testFunc{f, fn}
			}
		}
	}
	return all
}

// mentions puts into names what a function mentions, and what those functions of
// its folder do that it does.
func mentions(fn *ast.FuncDecl, of map[string]testFunc, names map[string]bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || names[id.Name] {
			return true
		}
		names[id.Name] = true
		if next, ok := of[id.Name]; ok && next.decl != fn {
			mentions(next.decl, of, names)
		}
		return true
	})
}
