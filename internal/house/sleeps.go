package house

import (
	"go/ast"
	"slices"
)

// sleepers are the functions that may sleep, as "path function": only the
// pause of a loop that polls a condition until a deadline belongs here.
var sleepers []string

// sleeps reports time.Sleep in tests and in the packages that exist for them.
// A sleep is a guess at how long something takes: too short on a busy machine,
// too long everywhere else. In a bubble it is none: time is
// simulated there, and passes when nothing else can happen.
func sleeps(t *tree) (found []Finding) {
	for _, f := range t.files {
		simulated := false
		f.imports(func(_ *ast.ImportSpec, p string) { simulated = simulated || p == Module+"/"+bubbleDir })
		if simulated || f.dir == bubbleDir || !f.test && !within(f.dir, "integration") {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && slices.Contains(sleepers, f.path+" "+fn.Name.Name) {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == "Sleep" {
					if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" {
						found = append(found, f.at(s, "sleep", "wait for a condition with a deadline instead"))
					}
				}
				return true
			})
		}
	}
	return found
}
