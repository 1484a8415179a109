package house

import (
	"fmt"
	"maps"
	"slices"
)

// MaxLines is the length above which a file is surely more than one noun.
// Most are far shorter; tests may be longer.
const MaxLines = 400

var topFolders = []string{"cmd", "crdt", "docs", "integration", "internal", "node", "p2p", "storage", "sync"}

// vagueNames say nothing about what a package is for.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "v2"}

// folders reports top-level folders that the layout does not know.
func folders(t *tree) (found []Finding) {
	for _, d := range t.folders {
		if !slices.Contains(topFolders, d) {
			found = append(found, Finding{Path: d, Rule: "layout", Text: fmt.Sprintf("top-level folders are %v only", topFolders)})
		}
	}
	return found
}

// packageNames reports packages named after nothing.
func packageNames(t *tree) (found []Finding) {
	for _, f := range t.files {
		if slices.Contains(vagueNames, f.ast.Name.Name) {
			found = append(found, f.at(f.ast.Name, "name", "package %s says nothing: name it after what it holds", f.ast.Name.Name))
		}
	}
	return found
}

// packageDocs reports packages without a doc.go that explains them.
func packageDocs(t *tree) (found []Finding) {
	documented := map[string]bool{}
	for _, f := range t.files {
		if f.path == f.dir+"/doc.go" {
			documented[f.dir] = f.ast.Doc != nil
		} else if !documented[f.dir] {
			documented[f.dir] = false
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(documented)) {
		if !documented[dir] {
			found = append(found, Finding{Path: dir, Rule: "doc", Text: "has no doc.go with a package comment"})
		}
	}
	return found
}

// fileLengths reports files that grew into two nouns.
func fileLengths(t *tree) (found []Finding) {
	for _, f := range t.files {
		if !f.test && f.lines > MaxLines {
			found = append(found, Finding{Path: f.path, Rule: "length", Text: fmt.Sprintf("%d lines, more than %d: it is two nouns", f.lines, MaxLines)})
		}
	}
	return found
}
