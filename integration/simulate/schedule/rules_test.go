package schedule

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var withRules = flag.Bool("rules", false, "TestRules builds the simulation with each rule of values and of forgetting broken")

// rule is a rule of values that merge, and how its code is broken.
type rule struct {
	what  string // the mutant does
	edits []breakage
}

// breakage replaces code in a file, named as seen from crdt.
type breakage struct{ file, old, new string }

// rules are those of lists, texts and bases. What each mutant does must show
// in schedules.
var rules = []rule{
	{"of concurrent heads the greatest stays", []breakage{
		{"merge.go", "slices.SortFunc(heads, Dot.Compare)\n", "slices.SortFunc(heads, Dot.Compare)\n\theads = heads[max(0, len(heads)-1):]\n"},
	}},
	{"of concurrent heads of a text the greatest stays", []breakage{
		{"jointext.go", "heads := headsOf(entries)\n", "heads := headsOf(entries)\n\theads = heads[max(0, len(heads)-1):]\n"},
	}},
	{"the events of a text are not cut to those of its heads", []breakage{
		{"jointext.go", "if err == nil && !t.Frontier().Equal(heads) {", "if false {"},
		{"jointext.go", "case !t.Frontier().Equal(heads):", "case false:"},
	}},
	{"a move writes the value again", []breakage{
		{"list.go", "it := *d.items[from]\n", "it := *d.items[from]\n\tit.node.entries = slices.Clone(it.node.entries)\n\tfor i := range it.node.entries {\n\t\tit.node.entries[i].Dot = e.w.Dot()\n\t}\n"},
	}},
	{"places are united, not joined", []breakage{
		{"joinlist.go", "case j.dropLeft(p.Dot):", "case false:"},
		{"joinlist.go", "case j.dropRight(p.Dot):", "case false:"},
	}},
	{"of concurrent places one is kept", []breakage{
		{"joinlist.go", "slices.SortFunc(out, func(a, b place) int { return a.Dot.Compare(b.Dot) })\n", "slices.SortFunc(out, func(a, b place) int { return a.Dot.Compare(b.Dot) })\n\tout = out[max(0, len(out)-1):]\n"},
	}},
	{"positions do not know left from right", []breakage{
		{"position/compare.go", "cmp.Compare(a.side, b.side)", "cmp.Compare(a.side*a.side, b.side*b.side)"},
	}},
	{"an edit of an earlier version is one of what is there now", []breakage{
		{"putfrom.go", "if string(d.raw) == string(base.raw) {", "if true {"},
	}},
	{"an element that was moved while it was removed is shown", []breakage{
		{"joinlist.go", "if len(it.places) > 0 || !it.node.empty() {", "if len(it.places) > 0 && it.node.empty() {\n\t\t\tit.node.entries = []entry{{KindRegister, it.places[0].Dot, it.places[0].Time, valueNull}}\n\t\t\tit.places = nil\n\t\t}\n\t\tif len(it.places) > 0 || !it.node.empty() {"},
	}},
	{"elements keep the order of the side that had them", []breakage{
		{"joinlist.go", "\tsortItems(out)\n", ""},
	}},
}

// TestRules breaks one rule after the other and lets schedules run until one
// fails: the simulation sees each of them.
func TestRules(t *testing.T) {
	if !*withRules {
		t.Skip("it builds the simulation many times: go test ./integration/simulate/schedule -run TestRules -rules")
	}
	crdt, err := filepath.Abs("../../../crdt")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Concat(rules, forgetRules) {
		t.Run(r.what, func(t *testing.T) {
			cmd := exec.Command("go", "test", "-overlay", overlay(t, crdt, r), "-vet=off", "-run", "TestLaws$", "-count=1", ".", "-schedules", "1500")
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatal("1,500 schedules did not see it")
			}
			_, how, found := strings.Cut(string(out), "--- FAIL: TestLaws")
			if !found {
				t.Fatalf("it did not run:\n%.1000s", out)
			}
			t.Logf("%.300s", how)
		})
	}
}

// overlay makes an overlay for the go command in which a rule is broken.
func overlay(t *testing.T, crdt string, r rule) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for i, b := range r.edits {
		path := filepath.Join(crdt, b.file)
		from := path
		if replace[path] != "" {
			from = replace[path]
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), b.old); n != 1 {
			t.Fatalf("%q is %d times in %s: say anew how the rule is broken", b.old, n, b.file)
		}
		replace[path] = filepath.Join(dir, string(rune('a'+i))+".go")
		if err := os.WriteFile(replace[path], []byte(strings.Replace(string(text), b.old, b.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
