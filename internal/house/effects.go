package house

import (
	"go/ast"
	"slices"
	"strings"
)

// pure are the packages that compute and never act: what they do is a
// function of what they are given, so a seed replays it.
var pure = []string{"crdt", "sync"}

// effectImports are packages whose mere import is an effect, or hides one.
var effectImports = []string{"os", "net", "net/http", "crypto/rand", "math/rand", "math/rand/v2", "log", "log/slog", "context"}

// effectNames are the standard library's clocks, timers and locks.
var effectNames = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"},
	"sync": {"Mutex", "RWMutex", "Cond", "WaitGroup", "Map"},
}

// effects reports clocks, goroutines, channels, locks and input or output in
// the non-test code of the pure packages.
func effects(t *tree) (found []Finding) {
	for _, f := range t.files {
		if f.test || !isPure(f.dir) {
			continue
		}
		f.imports(func(s *ast.ImportSpec, p string) {
			if slices.Contains(effectImports, p) {
				found = append(found, f.at(s, "effect", "%s may not import %q: it holds values, effects live in node", f.dir, p))
			}
		})
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if what := effectOf(n); what != "" {
				found = append(found, f.at(n, "effect", "%s in %s: it holds values, effects live in node", what, f.dir))
			}
			return true
		})
	}
	return found
}

// isPure leaves out test packages such as crdt/crdttest, and what is below them.
func isPure(dir string) bool {
	return !strings.Contains(dir+"/", "test/") && slices.ContainsFunc(pure, func(p string) bool { return within(dir, p) })
}

func effectOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.ChanType, *ast.SendStmt, *ast.SelectStmt:
		return "a channel"
	case *ast.SelectorExpr:
		if x, ok := n.X.(*ast.Ident); ok && slices.Contains(effectNames[x.Name], n.Sel.Name) {
			return x.Name + "." + n.Sel.Name
		}
	}
	return ""
}
