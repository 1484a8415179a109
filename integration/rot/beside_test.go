package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/crdtstore/crdtstore/node"
)

// TestBeside: parts of what an edit had replaced are no violation where the node has named the document, and only
// there; what nobody has written is one, and so is an edit that is gone.
func TestBeside(t *testing.T) {
	const shared, edited = `{"n":4,"by":"peer","count":9}`, `{"edited":true}`
	for _, c := range []struct {
		name, address, got string
		told, want         bool
	}{
		{"half a count beside it", "small/edited", `{"n":4,"by":"peer","count":-7,"edited":true}`, true, true},
		{"one field beside it", "small/edited", `{"n":4,"edited":true}`, true, true},
		{"a part of what was removed", "small/removed", `{"count":3}`, true, true},
		{"not named", "small/other", `{"n":4,"edited":true}`, true, false},
		{"not written alone", "small/both", `{"n":4,"edited":true}`, true, false},
		{"nothing was told", "small/edited", `{"n":4,"edited":true}`, false, false},
		{"a value that nobody has written", "small/edited", `{"n":5,"edited":true}`, true, false},
		{"a field that nobody has written", "small/edited", `{"m":4,"edited":true}`, true, false},
		{"the edit is not whole", "small/edited", `{"n":4}`, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			aside := filepath.Join(dir, "run", "aside-1")
			report, err := json.Marshal(node.Aside{Beside: []string{"small/edited", "small/removed", "small/both"}})
			if err == nil {
				err = os.MkdirAll(aside, 0o700)
			}
			if err == nil {
				err = os.WriteFile(filepath.Join(aside, "report.json"), report, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			j := judge{said: &told{}, bench: &bench{
				dir:    dir,
				shared: map[string]string{"small/edited": shared, "small/removed": shared, "small/other": shared, "small/both": shared},
				want:   map[string]string{"small/edited": edited, "small/other": edited, "small/both": edited},
				alone:  map[string]bool{"small/edited": true, "small/removed": true, "small/other": true},
			}}
			if c.told {
				j.said.incident(node.IncidentEvent{Kind: node.FindingAside})
			}
			if got := j.beside(c.address, c.got); got != c.want {
				t.Errorf("%s is %s: no violation %v, want %v", c.address, c.got, got, c.want)
			}
		})
	}
}
