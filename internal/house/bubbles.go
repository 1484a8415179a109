package house

import "go/ast"

// bubbleDir is the one package that may import testing/synctest.
const bubbleDir = "internal/bubble"

// bubbles reports testing/synctest outside the package that makes its bubbles
// safe under the race detector.
func bubbles(t *tree) (found []Finding) {
	for _, f := range t.files {
		if f.dir == bubbleDir {
			continue
		}
		f.imports(func(s *ast.ImportSpec, p string) {
			if p == "testing/synctest" {
				found = append(found, f.at(s, "bubble", "write bubble.Test of %s: synctest.Test ends a program built with the race detector now and then", bubbleDir))
			}
		})
	}
	return found
}
