package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// target is one fuzz target.
type target struct{ pkg, name string }

func (t target) String() string { return t.pkg + " " + t.name }

var declared = regexp.MustCompile(`(?m)^func (Fuzz[A-Za-z0-9_]+)\(`)

// targets finds all of the tree below root whose "PACKAGE NAME" matches.
func targets(root string, names *regexp.Regexp) (all []target, err error) {
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "crdttest"): // tests of tests
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			if t := (target{"./" + filepath.ToSlash(pkg), string(m[1])}); names.MatchString(t.String()) {
				all = append(all, t)
			}
		}
		return nil
	})
	return all, err
}

var executed = regexp.MustCompile(`execs: (\d+)`)

// executions is how many inputs a target says that it has tried.
func executions(out string) int64 {
	all := executed.FindAllStringSubmatch(out, -1)
	if len(all) == 0 {
		return 0
	}
	n, err := strconv.ParseInt(all[len(all)-1][1], 10, 64)
	if err != nil {
		return 0
	}
	return n
}
