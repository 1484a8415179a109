package httpapi_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/httpapi/contract"
)

// TestDocsShowEveryRoute: each route and each code is in docs/HTTP.md.
func TestDocsShowEveryRoute(t *testing.T) {
	text, err := os.ReadFile("../../docs/HTTP.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(text)
	for _, r := range contract.Routes {
		found := false
		for line := range strings.Lines(docs) {
			pattern := strings.ReplaceAll(r.Pattern, "{key...}", "{key…}")
			if strings.HasPrefix(line, "### ") && strings.Contains(line, r.Method) && strings.Contains(line, " "+pattern+"`") {
				found = true
			}
		}
		if !found {
			t.Errorf("%s %s is not shown", r.Method, r.Pattern)
		}
		for _, p := range append(r.Query, r.Headers...) {
			if !strings.Contains(docs, p.Name) {
				t.Errorf("%s: %s is not mentioned", r.ID, p.Name)
			}
		}
	}
	for code, m := range contract.Codes {
		if row := fmt.Sprintf("| `%s` | %d | %d |", code, m.Status, m.Exit); !strings.Contains(docs, row) {
			t.Errorf("no %s in the table of codes", row)
		}
	}
}
