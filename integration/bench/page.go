package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// errPlace is returned by publish when a page has no place for the table.
var errPlace = errors.New("no place for the table")

// The lines between which a page has what publish writes.
const (
	beginTable = "<!-- figures -->\n"
	endTable   = "<!-- end figures -->\n"
)

// publish puts the table of a report into a page, between the two lines that
// are for it.
func publish(page, from string) error {
	if from == "" {
		return errors.New("-page: needs the figures of -json FILE")
	}
	r, err := readReport(from)
	if err != nil {
		return fmt.Errorf("-page: %w", err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("-page: %w", err)
	}
	head, rest, ok := strings.Cut(string(text), beginTable)
	_, tail, closed := strings.Cut(rest, endTable)
	if !ok || !closed {
		return fmt.Errorf("%s: %w: lines %q and %q", page, errPlace, strings.TrimSpace(beginTable), strings.TrimSpace(endTable))
	}
	return os.WriteFile(page, []byte(head+beginTable+"\n"+r.markdown()+"\n"+endTable+tail), 0o644)
}

// markdown is the limits with what the report has of them.
func (r report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s/%s, %d processors", r.Go, r.System, r.Arch, r.CPUs)
	if r.Memory > 0 {
		fmt.Fprintf(&b, ", %g GB of memory", r.Memory)
	}
	fmt.Fprintf(&b, "; all sides on this machine and its one disk, at the same time. Large collections have %s documents, those of heavy rows %s.\n\n", thousands(r.Docs), thousands(10*r.Docs))
	b.WriteString("| what | limit, or others as measured | crdtstore | other side, here | figure | target | | `go run ./integration/bench …` |\n|---|---|---:|---:|---:|---:|---|---|\n")
	met, missed, absent := 0, 0, 0
	for _, l := range limits {
		command := "`-run '" + l.exactly() + "'`"
		if l.heavy {
			command = "`-heavy -run '" + l.exactly() + "'`"
		}
		for i, name := range l.rows {
			what, rival := "", ""
			if i == 0 {
				what, rival = l.what, l.rival
			}
			x, ok := r.find(l, name)
			if i > 0 {
				what = strings.TrimSpace(x.What)
			}
			if !ok {
				absent++
				fmt.Fprintf(&b, "| %s | %s | | | not measured | | | %s |\n", what, rival, command)
				command = ""
				continue
			}
			switch {
			case !x.Met:
				missed++
			case x.Target != "":
				met++
			}
			mark := strings.Replace(x.mark(), "MISSED", "**missed**", 1)
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", what, rival, x.Ours, x.Plain, strings.TrimSpace(figure(x.Value)+" "+x.Unit), x.Target, mark, command)
			command = ""
		}
	}
	fmt.Fprintf(&b, "\n%d met, %d missed, %d not measured.", met, missed, absent)
	b.WriteString(r.tookWhat())
	return b.String()
}

// exactly is -run for the cases of a limit alone, as a table takes it.
func (l limit) exactly() string {
	return "^(" + strings.ReplaceAll(l.run, "|", `\|`) + ")$"
}

// find is the row of a limit whose name begins so, the shortest if there are
// several.
func (r report) find(l limit, name string) (found row, ok bool) {
	name = strings.NewReplacer("%d", strconv.Itoa(r.Docs), "%h", strconv.Itoa(10*r.Docs)).Replace(name)
	for _, x := range r.Rows {
		if slices.Contains(strings.Split(l.run, "|"), x.Case) && strings.HasPrefix(x.name(), name) && (!ok || len(x.name()) < len(found.name())) {
			found, ok = x, true
		}
	}
	return found, ok
}

// tookWhat says what the cases took, and how often they were repeated.
func (r report) tookWhat() string {
	var parts []string
	for _, t := range r.Took {
		parts = append(parts, fmt.Sprintf("%s %.0f (%d)", t.Case, t.Seconds, t.Rounds))
	}
	if len(parts) == 0 {
		return "\n"
	}
	return " Seconds that each case took, and its rounds: " + strings.Join(parts, ", ") + ".\n"
}

// thousands prints a number with its thousands apart.
func thousands(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
