package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// page is the page that has the tables, below the folder that is published to.
const page = "SIMULATION.md"

// publish writes the plots of a table, and puts it into the page, between the
// two lines that name it.
func publish(dir string, t table) error {
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return err
	}
	pictures := ""
	for _, p := range t.Plots {
		if err := os.WriteFile(filepath.Join(dir, "plots", p.Name+".svg"), []byte(p.svg()), 0o644); err != nil {
			return err
		}
		pictures += fmt.Sprintf("\n![%s](plots/%s.svg)\n", p.Title, p.Name)
	}
	path := filepath.Join(dir, page)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	filled, err := fill(string(text), t.Name, t.markdown()+pictures)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(filled), 0o644)
}

// errPlace is returned by fill when a page has no place for a table.
var errPlace = errors.New("no place for the table")

// fill replaces what is between the two lines that name a table.
func fill(text, name, content string) (string, error) {
	begin, end := "<!-- table "+name+" -->\n", "<!-- end "+name+" -->\n"
	head, rest, ok := strings.Cut(text, begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return "", fmt.Errorf("%w: lines %q and %q", errPlace, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return head + begin + "\n" + content + "\n" + end + tail, nil
}
