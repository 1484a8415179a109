package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPublish: a table replaces what was between its lines, and nothing else.
func TestPublish(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, page)
	before := "# A\n\n<!-- table a -->\nold\n<!-- end a -->\n\n<!-- table b -->\nkept\n<!-- end b -->\nend\n"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	a := table{Name: "a", Columns: []string{"n", "graph"}, Plots: []plot{{Name: "curve", Title: "curve"}}}
	a.add(1500, "line")
	for range 2 { // the second changes nothing
		if err := publish(dir, a); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "# A\n\n<!-- table a -->\n\n| n | graph |\n|---:|---:|\n| 1,500 | line |\n\n![curve](plots/curve.svg)\n\n<!-- end a -->\n\n" +
		"<!-- table b -->\nkept\n<!-- end b -->\nend\n"
	if string(got) != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if svg, err := os.ReadFile(filepath.Join(dir, "plots", "curve.svg")); err != nil || !strings.HasPrefix(string(svg), "<svg ") {
		t.Errorf("the plot: %v", err)
	}
	if err := publish(dir, table{Name: "c"}); !errors.Is(err, errPlace) {
		t.Errorf("a table without a place: %v", err)
	}
}

// TestEveryTableHasItsPlace: the page of this repository has a place for each
// experiment.
func TestEveryTableHasItsPlace(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range experiments {
		if _, err := fill(string(text), e.name, "x"); err != nil {
			t.Errorf("%s: %v", e.name, err)
		}
	}
}
