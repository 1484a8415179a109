package crdt_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crdtstore/crdtstore/crdt"
)

// row is a line of a table in docs/DOCUMENTS.md, cells as they are written.
type row struct {
	line             int
	start, a, b      string
	shown, conflicts string
	sameTime         bool // neither A nor B is the later
}

const rowsHeader = "| start | A | B, later | shown | conflicts | in words |"

// rows reads the tables.
func rows(t *testing.T) []*row {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "DOCUMENTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []*row
	inTable := false
	for i, line := range strings.Split(string(page), "\n") {
		switch {
		case line == rowsHeader:
			inTable = true
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case inTable && !strings.HasPrefix(line, "|---"):
			cells := strings.Split(strings.Trim(line, "| "), " | ")
			if len(cells) != 6 {
				t.Fatalf("docs/DOCUMENTS.md:%d: %d cells, want 6", i+1, len(cells))
			}
			r := &row{line: i + 1, start: cells[0], a: cells[1], b: cells[2], shown: cells[3], conflicts: cells[4]}
			r.sameTime = strings.Contains(r.b, "same time")
			all = append(all, r)
		}
	}
	if len(all) == 0 {
		t.Fatal("docs/DOCUMENTS.md has no rows")
	}
	return all
}

func (r *row) name() string {
	return fmt.Sprintf("DOCUMENTS.md:%d: %s: %s, %s", r.line, r.start, r.a, r.b)
}

// expected is what is shown, and the conflicts. A cell may say "; A later:" and
// what it is when A is the later one. Of two outcomes that are told apart by
// "or" the second is for an A whose replica id is the greater.
func (r *row) expected(greater, later bool) (shown, conflicts string) {
	side := func(cell string) string {
		cell, other, ok := strings.Cut(cell, "; A later: ")
		if ok && later {
			cell = other
		}
		less, more, ok := strings.Cut(cell, " or ")
		if ok && greater {
			less = more
		}
		if strings.TrimSpace(less) == "nothing" {
			return "nothing"
		}
		return strings.Join(spans(less), "; ")
	}
	return side(r.shown), side(r.conflicts)
}

// symmetric reports whether A and B do the same sort of thing, so that the row
// with A as the later one is the row with the names exchanged.
func (r *row) symmetric() bool {
	if strings.Contains(r.shown, "A later") {
		return false
	}
	a, b := verbs(r.a), verbs(r.b)
	return a == b
}

// verbs are the verbs of a cell, with their paths and the types that they set.
func verbs(cell string) string {
	var all []string
	for _, span := range spans(cell) {
		for text := range strings.SplitSeq(span, " ; ") {
			s, _ := parseStep(text)
			name := s.verb + " " + s.path.String()
			if s.verb == "set" || s.verb == "resolve" {
				name += " " + kindOf(s.rest)
			}
			all = append(all, name)
		}
	}
	return strings.Join(all, " ; ")
}

// spans are the code spans of a cell.
func spans(cell string) (all []string) {
	for i, part := range strings.Split(cell, "`") {
		if i%2 == 1 {
			all = append(all, part)
		}
	}
	return all
}

// step is one action of a cell: a verb of documents, or an operation.
type step struct {
	verb string
	path crdt.Pointer
	rest string // what follows the path, or the verb of a document
}

func parseStep(text string) (s step, err error) {
	s.verb, s.rest, _ = strings.Cut(text, " ")
	switch s.verb {
	case "put", "merge", "patch", "del":
		return s, nil
	}
	path, rest, _ := strings.Cut(s.rest, " ")
	if path == "(root)" {
		path = ""
	}
	s.rest = rest
	s.path, err = crdt.ParsePointer(path)
	return s, err
}

// do makes one step on d.
func do(d, base *crdt.Document, w *crdt.Writer, text string) (*crdt.Document, bool, error) {
	s, err := parseStep(text)
	if err != nil {
		return nil, false, err
	}
	switch s.verb {
	case "del":
		return d.Delete(w)
	case "put", "merge":
		rest, hasBase := strings.CutSuffix(s.rest, " base")
		p, err := crdt.ParseJSON([]byte(rest))
		switch {
		case err != nil:
			return nil, false, err
		case s.verb == "merge":
			return d.MergePatch(w, p)
		case hasBase:
			return d.PutFrom(w, base, p)
		}
		return d.Put(w, p)
	case "patch":
		p, err := crdt.ParseJSONPatch([]byte(s.rest))
		if err != nil {
			return nil, false, err
		}
		return d.JSONPatch(w, p)
	case "resolve":
		return resolve(d, w, s)
	}
	ops, err := s.operation(d)
	if err != nil {
		return nil, false, err
	}
	return d.Apply(w, ops)
}

// resolve takes a candidate by its number, as they are listed, or a value.
func resolve(d *crdt.Document, w *crdt.Writer, s step) (*crdt.Document, bool, error) {
	r := crdt.Resolution{Path: s.path}
	for _, c := range d.Conflicts() {
		if c.Path != s.path.String() {
			continue
		}
		for i, k := range c.Candidates {
			r.Seen = append(r.Seen, k.Dot)
			if s.rest == fmt.Sprintf("take %d", i) {
				r.Take = k.Dot
			}
		}
	}
	if !strings.HasPrefix(s.rest, "take ") {
		var err error
		if r.Value, err = crdt.ParseJSON([]byte(s.rest)); err != nil {
			return nil, false, err
		}
	}
	return d.Resolve(w, r)
}

// operation writes the step as typed operations.
func (s step) operation(d *crdt.Document) ([]crdt.Op, error) {
	at, rest, _ := strings.Cut(s.rest, " ")
	members := ""
	switch s.verb {
	case "set", "add", "remove":
		members = `"value":` + s.rest
	case "incr":
		members = `"by":` + s.rest
	case "insert":
		what := "value"
		if kindAt(d, s.path) == "text" {
			what = "text"
		}
		members = fmt.Sprintf(`"at":%s,%q:%s`, at, what, rest)
	case "delete":
		if rest == "" {
			rest = "1"
		}
		members = fmt.Sprintf(`"at":%s,"len":%s`, at, rest)
	case "move":
		members = fmt.Sprintf(`"from":%s,"to":%s`, at, rest)
	}
	if members != "" {
		members = "," + members
	}
	return crdt.ParseOps([]byte(fmt.Sprintf(`[{"op":%q,"path":%q%s}]`, s.verb, s.path, members)))
}

// kindAt is the type of what is shown at path: that of its typed JSON; "" is
// nothing.
func kindAt(d *crdt.Document, path crdt.Pointer) string {
	text, err := d.At(path, crdt.FormatTyped)
	if err != nil {
		return ""
	}
	return kindOf(string(text))
}

// kindOf is the type that typed JSON makes.
func kindOf(text string) string {
	switch text[0] {
	case '[':
		return "list"
	case '{':
		var tags map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &tags) == nil && len(tags) == 1 {
			for tag := range tags {
				switch tag {
				case "$text", "$set", "$counter":
					return tag[1:]
				case "$register":
					return tag
				case "$bytes":
					return "register"
				}
			}
		}
		return "map"
	}
	return "register"
}
