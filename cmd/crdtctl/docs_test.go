package main

import (
	"os"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/internal/config"
)

// TestDocsShowEveryCommand: each command, and each flag of each, is in
// docs/CLI.md, and so is each setting of crdtd.
func TestDocsShowEveryCommand(t *testing.T) {
	text, err := os.ReadFile("../../docs/CLI.md")
	if err != nil {
		t.Fatal(err)
	}
	docs := string(text)
	for _, c := range newApp().Commands {
		if c.Hidden {
			continue
		}
		_, section, ok := strings.Cut(docs, "\n### "+c.Name+"\n")
		section, _, _ = strings.Cut(section, "\n##")
		if !ok || !strings.Contains(section, c.Name) {
			t.Errorf("%s is not shown", c.Name)
		}
		for _, f := range c.Flags {
			if !strings.Contains(section, "--"+f.Names()[0]) {
				t.Errorf("%s: --%s is not mentioned", c.Name, f.Names()[0])
			}
		}
	}
	for _, s := range config.Settings {
		if !strings.Contains(docs, "`--"+s.Name) || !strings.Contains(docs, "`"+s.Env()+"`") {
			t.Errorf("crdtd --%s, %s is not mentioned", s.Name, s.Env())
		}
	}
}
