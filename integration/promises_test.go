package integration

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// declared are the test functions, and the names of flags, of the Go files in a directory.
func declared(t *testing.T, dir string) (tests, flags map[string]bool) {
	t.Helper()
	tests, flags = map[string]bool{}, map[string]bool{}
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	must(t, err)
	if len(names) == 0 {
		t.Errorf("%s: there is no such package", dir)
	}
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		must(t, err)
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && strings.HasPrefix(n.Name.Name, "Test") {
					tests[n.Name.Name] = true
				}
			case *ast.CallExpr: // flag.Int("n", …), flags.IntVar(&n, "n", …)
				for _, a := range n.Args[:min(2, len(n.Args))] {
					if l, ok := a.(*ast.BasicLit); ok && l.Kind == token.STRING && len(n.Args) > 1 {
						text, _ := strconv.Unquote(l.Value)
						flags[text] = true
					}
				}
			}
			return true
		})
	}
	return tests, flags
}

// checkGo checks a command `go run ./X -flag` or `go test ./X -run Y`: the package, its flags and tests.
func checkGo(t *testing.T, command string, words []string) {
	t.Helper()
	tests, flags := declared(t, filepath.Join("..", words[2]))
	if words[1] == "run" {
		if _, err := os.Stat(filepath.Join("..", words[2], "main.go")); err != nil {
			t.Errorf("%q: no program: %v", command, err)
		}
	}
	for i, w := range words[3:] {
		name, isFlag := strings.CutPrefix(w, "-")
		switch {
		case !isFlag:
		case words[1] == "run":
			if !flags[name] {
				t.Errorf("%q: no flag -%s", command, name)
			}
		case name == "run":
			pattern := regexp.MustCompile(strings.Trim(words[3+i+1], "'"))
			found := false
			for test := range tests {
				found = found || pattern.MatchString(test)
			}
			if !found {
				t.Errorf("%q: no such test", command)
			}
		}
	}
}

// TestOperationsNamesWhatExists: each command that docs/OPERATIONS.md gives is there, with its
// flags, and so is each test. In the table of what is promised each line has one.
func TestOperationsNamesWhatExists(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/OPERATIONS.md")
	must(t, err)
	flat := strings.ReplaceAll(string(text), "\n", " ")
	counts, help := map[string]int{}, map[string]string{}
	for _, m := range regexp.MustCompile("`((?:go run|go test|crdtctl|crdtd) [^`]+)`").FindAllStringSubmatch(flat, -1) {
		command := m[1]
		words := strings.Fields(command)
		counts[words[0]]++
		if words[0] == "go" {
			checkGo(t, command, words)
			continue
		}
		key := words[0] + " " + words[1]
		if help[key] == "" {
			program := map[string]string{"crdtctl": program.crdtctl, "crdtd": program.crdtd}[words[0]]
			out, err := exec.Command(program, words[1], "--help").CombinedOutput()
			if help[key] = string(out); err != nil {
				t.Errorf("%q: %v\n%s", command, err, out)
			}
		}
		for _, w := range words[2:] {
			if strings.HasPrefix(w, "--") && w != "--data-dir" && !strings.Contains(help[key], w) {
				t.Errorf("%q: no flag %s", command, w)
			}
		}
	}
	if counts["go"] < 20 || counts["crdtctl"] < 5 {
		t.Errorf("only %v were found", counts)
	}
	_, table, _ := strings.Cut(string(text), "## What is promised")
	table, _, _ = strings.Cut(table, "\n## ")
	for line := range strings.Lines(table) {
		if strings.HasPrefix(line, "| ") && !strings.Contains(line, "| proof |") && !strings.Contains(line, "`go ") {
			t.Errorf("no command for %s", line)
		}
	}
}
