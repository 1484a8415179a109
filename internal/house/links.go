package house

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// page is one Markdown file.
type page struct{ path, text string }

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// links reports relative links in Markdown that lead nowhere.
func links(t *tree) (found []Finding) {
	for _, p := range t.pages {
		line := 0
		for text := range strings.Lines(p.text) {
			line++
			for _, m := range link.FindAllStringSubmatch(text, -1) {
				target, _, _ := strings.Cut(m[1], "#")
				if target == "" || strings.Contains(target, ":") {
					continue
				}
				if _, err := fs.Stat(t.root, path.Join(path.Dir(p.path), target)); err != nil {
					found = append(found, Finding{p.path, line, "link", target + " is not there"})
				}
			}
		}
	}
	return found
}
