package main

import (
	"embed"
	"fmt"
	"path"
	"regexp"
	"strings"
)

//go:embed bank/*.txt
var bank embed.FS

// mutant is one way to break crdtstore.
type mutant struct {
	name   string
	breaks string // what it does, with the law in front
	short  probe  // must see it; empty if only a long one does
	long   []probe
	edits  []edit
}

// probe is a run of tests of one package.
type probe struct {
	pkg   string // "./storage"
	tests string // regular expression
	flags []string
}

func (p probe) String() string {
	return strings.TrimSpace(p.pkg + " -run " + p.tests + " " + strings.Join(p.flags, " "))
}

// group names the probes that run together while nothing is broken.
func (p probe) group() string { return p.pkg + " " + strings.Join(p.flags, " ") }

// edit replaces a text that occurs once in a file.
type edit struct{ file, old, new string }

// probes are those that a run takes, in turn.
func (m mutant) probes(short bool) []probe {
	if short && m.short.pkg != "" {
		return []probe{m.short}
	}
	if short {
		return nil
	}
	all := m.long
	if m.short.pkg != "" {
		all = append([]probe{m.short}, all...)
	}
	return all
}

// load reads the mutants whose names match, in order of names.
func load(names *regexp.Regexp) ([]mutant, error) {
	files, err := bank.ReadDir("bank")
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, f := range files {
		text, err := bank.ReadFile(path.Join("bank", f.Name()))
		if err != nil {
			return nil, err
		}
		m, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("bank/%s: %w", f.Name(), err)
		}
		if m.name = strings.TrimSuffix(f.Name(), ".txt"); names.MatchString(m.name) {
			all = append(all, m)
		}
	}
	return all, nil
}

// parse reads one file of the bank.
func parse(text string) (m mutant, err error) {
	head, rest, _ := strings.Cut(text, "\n\n")
	for line := range strings.Lines(head) {
		what, args, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch what {
		case "short":
			m.short, err = parseProbe(args)
		case "long":
			var p probe
			p, err = parseProbe(args)
			m.long = append(m.long, p)
		default:
			m.breaks += strings.TrimSpace(line) + " "
		}
		if err != nil {
			return m, err
		}
	}
	m.breaks = strings.TrimSpace(m.breaks)
	for strings.TrimSpace(rest) != "" {
		var file, old, new string
		var ok [3]bool
		file, rest, ok[0] = strings.Cut(rest, "\n<<<\n")
		old, rest, ok[1] = strings.Cut(rest, "\n===\n")
		if after, none := strings.CutPrefix(rest, ">>>\n"); none {
			new, rest, ok[2] = "", after, true
		} else {
			new, rest, ok[2] = strings.Cut(rest, "\n>>>\n")
		}
		if ok != [3]bool{true, true, true} || strings.Contains(old, "\n>>>\n") {
			return m, fmt.Errorf("an edit is FILE, <<<, old, ===, new, >>>")
		}
		m.edits = append(m.edits, edit{strings.TrimSpace(file), old, new})
	}
	if m.breaks == "" || len(m.edits) == 0 || len(m.probes(false)) == 0 {
		return m, fmt.Errorf("it has to say what it breaks, how, and what must see it")
	}
	return m, nil
}

// parseProbe reads "PACKAGE -run TESTS [FLAG…]".
func parseProbe(text string) (probe, error) {
	words := strings.Fields(text)
	if len(words) < 3 || words[1] != "-run" {
		return probe{}, fmt.Errorf("%q is not PACKAGE -run TESTS", text)
	}
	return probe{words[0], words[2], words[3:]}, nil
}
