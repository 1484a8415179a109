package house

import (
	"cmp"
	"fmt"
	"io/fs"
	"slices"
)

// Module is the import path of this repository.
const Module = "github.com/crdtstore/crdtstore"

// Finding is one place that breaks a rule.
type Finding struct {
	Path string // relative to the repository root, with slashes
	Line int    // 0 when the whole file or folder is meant
	Rule string // what is broken, one word
	Text string // what was found, and what to do about it
}

// String prints "path:line: rule: text", as compilers do.
func (f Finding) String() string {
	if f.Line == 0 {
		return fmt.Sprintf("%s: %s: %s", f.Path, f.Rule, f.Text)
	}
	return fmt.Sprintf("%s:%d: %s: %s", f.Path, f.Line, f.Rule, f.Text)
}

// Check reads every Go file and Markdown page below root and returns the findings of all
// rules, ordered by place. It fails only if a file cannot be read or parsed.
func Check(root fs.FS) ([]Finding, error) {
	t, err := load(root)
	if err != nil {
		return nil, err
	}
	var found []Finding
	for _, rule := range []func(*tree) []Finding{
		folders, packageNames, packageDocs, fileLengths, exportedDocs, arrows, effects, sleeps, bubbles, links, fuzzed,
	} {
		found = append(found, rule(t)...)
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Rule, b.Rule))
	})
	return found, nil
}
